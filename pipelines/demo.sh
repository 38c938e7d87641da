#!/usr/bin/env bash
# The main job, small: a made-up world of drawings with captions, a model trained on it, captions for images that it has
# not seen, their scores, and a page that shows them. About two minutes on two cores, with nothing downloaded.
#
#   pipelines/demo.sh [OUT]        OUT: folder for everything that is made; default runs/demo
#
# OUT is new, empty, or made by this script before; what is not its own is never removed.
# THREADS: threads of training and decoding (2). SEED: of the training (1).
set -euo pipefail
. "$(dirname "$0")/m2.sh"
case ${1:-} in -*) echo "usage: pipelines/demo.sh [OUT]" >&2; exit 2 ;; esac
out=${1:-runs/demo}
threads=${THREADS:-2}
step() { echo "== $*" >&2; }

# What a run leaves, which the next one removes before it starts.
marker=$out/.made-by-m2-demo
made=(world train.jsonl val.jsonl test.jsonl vocab.json model training.jsonl explained.jsonl report.html
  xe.captions.jsonl xe.scores.jsonl scst.captions.jsonl scst.scores.jsonl)
if [ -e "$out" ] && [ ! -e "$marker" ] && [ -n "$(ls -A "$out")" ]; then
  echo "demo: $out is not empty, and not a folder that this script made: name another, or empty it yourself" >&2
  exit 1
fi
mkdir -p "$out"
: > "$marker"
for name in "${made[@]}"; do rm -rf "${out:?}/$name"; done

step 'A world: drawings of scenes, their features as a detector would give them, five captions each'
m2 synth --images 1300 --val 100 --test 200 --out "$out/world"

step 'One record an image: its captions, and where its features are'
for split in train val test; do
  m2 captions "$out/world/captions_$split.json" --name-split $split |
    m2 features "$out/world/features.hdf5" > "$out/$split.jsonl"
done

step 'The vocabulary: words that occur five times or more'
m2 tokenize < "$out/train.jsonl" | m2 vocab > "$out/vocab.json"

# The paper's model and recipe, scaled down: cross-entropy (XE), then self-critical training on CIDEr-D (SCST).
# m2 train leaves the best model of each: the last one in OUT/model, that of XE in OUT/model/xe.
step 'Training: four epochs of cross-entropy, one self-critical'
m2 train "$out/train.jsonl" --val "$out/val.jsonl" --vocab "$out/vocab.json" --out "$out/model" \
  --width 128 --heads 4 --layers 2 --memory-slots 8 --regions 20 \
  --seed "${SEED:-1}" --warmup 250 --xe-epochs 4 --scst-epochs 1 --scst-rate 5e-5 --beam 3 --log-every 25 --threads "$threads" |
  if [ -t 2 ]; then cat > "$out/training.jsonl"; else tee "$out/training.jsonl" | node "$here/watch.mjs" >&2; fi

step 'Captions of the test images by both models, and their scores; those of SCST with their distance from XE'
against=()
for model in xe scst; do
  directory=$out/model
  [ $model = scst ] || directory=$out/model/xe
  m2 decode --model "$directory" --threads "$threads" < "$out/test.jsonl" > "$out/$model.captions.jsonl"
  m2 score --metrics bleu,rouge,cider --bootstrap 1000 ${against[@]+"${against[@]}"} < "$out/$model.captions.jsonl" > "$out/$model.scores.jsonl"
  against=(--against "$out/xe.captions.jsonl")
done

step 'A page: whether SCST helped, captions with the regions that their words come from, curves'
m2 explain --model "$out/model" --threads "$threads" < "$out/scst.captions.jsonl" > "$out/explained.jsonl"
m2 report --out "$out/report.html" --title 'Captions for drawings' \
  --about 'A small computer program learned from 1,000 drawings with captions, and then wrote a caption for each of 200 drawings that it had not seen. This page shows what it wrote, and whether the second part of its training, self-critical training, made it better.' \
  --scores XE="$out/xe.scores.jsonl" SCST="$out/scst.scores.jsonl" --baseline expected="$here/../fixtures/baseline.jsonl" \
  --beside XE="$out/xe.captions.jsonl" --log "$out/model/log.jsonl" --model "$out/model" \
  --images "$out/world/images" --image-width 400 --classes "$out/world/classes.jsonl" --page-limit 1.75 < "$out/explained.jsonl"

step 'Is it as good as it was? (fixtures/README.md says what the baseline is)'
m2 compare "$here/../fixtures/baseline.jsonl" < "$out/scst.scores.jsonl" > /dev/null

step 'Self-critical training (score) against cross-entropy (baseline): CIDEr-D must have risen'
m2 compare "$out/xe.scores.jsonl" --tolerance 0.05,CIDEr-D=0 < "$out/scst.scores.jsonl" > /dev/null

head -n 3 "$out/scst.captions.jsonl" | node -e '
  for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) {
    const { image_id, caption, captions } = JSON.parse(line)
    console.log(`image ${image_id}: ${caption}\n    a reference: ${captions[0]}`)
  }'
echo "The report: $out/report.html"
