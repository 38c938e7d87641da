#!/usr/bin/env bash
# The whole run on real captions without the 53 GB of features: COCO's val2014 captions and Karpathy's splits are real,
# the features are simulated from lists of the objects in each image. Trained on restval, decoded and scored on the
# 5,000 real test images. Object lists come from captions in part, so the score is NO benchmark; it shows that the
# pipeline learns English.
#
#   pipelines/coco-sim.sh [--short] [OUT]      OUT: default runs/coco-sim, new, empty, or made by this script before.
#                                              --short: few images, two minutes
#
# M2_SHARED  folder with data/coco/{captions_val2014.json.gz,objects.jsonl.gz,coco_{restval,dev,test}_ids.npy} (../shared)
# MINUTES    of training, 70 % by cross-entropy, 30 % self-critical (20)
# THREADS    of training and decoding (2)
set -euo pipefail
. "$(dirname "$0")/m2.sh"
step() { echo "== $*" >&2; }

# For each image the regions, model and rates that learn most in twenty minutes on two cores.
minutes=${MINUTES:-20} train_images=none val_images=500 test_images=5000 min_freq=8 warmup=1500
model=(--width 160 --heads 8 --layers 2 --memory-slots 20 --regions 16)
if [ "${1:-}" = --short ]; then
  shift
  minutes=${MINUTES:-2} train_images=4000 val_images=50 test_images=500 warmup=120
fi
out=${1:-runs/coco-sim}
data=${M2_SHARED:-$here/../../shared}/data/coco
threads=${THREADS:-2}
[ -e "$data/objects.jsonl.gz" ] || {
  echo "coco-sim: no $data/objects.jsonl.gz; M2_SHARED names the folder that has data/coco" >&2
  exit 1
}

# What a run leaves, which the next one removes before it starts. Nothing else in OUT is removed.
marker=$out/.made-by-m2-coco-sim
made=({train,val,test}.captions.jsonl {train,val,test}.jsonl simulated vocab.json xe scst {xe,scst}.captions.jsonl
  {xe,scst}.scores.jsonl results.json training.jsonl report.html)
if [ -e "$out" ] && [ ! -e "$marker" ] && { [ ! -d "$out" ] || [ -n "$(ls -A -- "$out")" ]; }; then
  echo "coco-sim: $out holds files that coco-sim did not make; name a new folder, or an empty one" >&2
  exit 1
fi
mkdir -p -- "$out"
touch -- "$marker"
(cd -- "$out" && rm -rf -- "${made[@]}")

echo 'NOTE: real captions, SIMULATED features, made from object lists that captions helped to make: no benchmark.' >&2

step 'Real captions: Karpathy restval to train on, his validation and test images'
records() {
  local limit=()
  [ "$2" = none ] || limit=(--limit "$2")
  m2 captions "$data/captions_val2014.json.gz" --ids "$data/coco_$1_ids.npy" "${limit[@]}"
}
records restval "$train_images" > "$out/train.captions.jsonl"
records dev "$val_images" > "$out/val.captions.jsonl"
records test "$test_images" > "$out/test.captions.jsonl"

step 'Simulated features, from the objects of each image'
cat "$out"/{train,val,test}.captions.jsonl |
  m2 synth --objects "$data/objects.jsonl.gz" --width 256 --out "$out/simulated"
for split in train val test; do
  m2 features "$out/simulated/features.hdf5" < "$out/$split.captions.jsonl" > "$out/$split.jsonl"
done
m2 tokenize < "$out/train.jsonl" | m2 vocab --min-freq "$min_freq" > "$out/vocab.json"

train() {
  m2 train "$out/train.jsonl" --val "$out/val.jsonl" --vocab "$out/vocab.json" --beam 3 --threads "$threads" "$@" |
    if [ -t 2 ]; then cat > /dev/null; else node "$here/watch.mjs" >&2; fi
}
share() { awk "BEGIN { print $minutes * $1 }"; }

# The clock stops training within an epoch, so what goes on is the last state of a run, not the best validated one.
step "Cross-entropy, $(share 0.7) minutes"
train --out "$out/xe" "${model[@]}" --objective xe --batch-size 50 --warmup "$warmup" \
  --max-minutes "$(share 0.7)" --log-every 100

step "Self-critical training, $(share 0.3) minutes"
train --out "$out/scst" --from "$out/xe/last" "${model[@]}" --objective scst --scst-rate 5e-5 --scst-images 20 \
  --max-minutes "$(share 0.3)" --log-every 20

step 'Captions of the test images, and their scores'
for run in xe scst; do
  m2 decode --model "$out/$run/last" --beam 5 --threads "$threads" < "$out/test.jsonl" > "$out/$run.captions.jsonl"
  m2 score --bootstrap 1000 < "$out/$run.captions.jsonl" > "$out/$run.scores.jsonl"
done
m2 results --out "$out/results.json" < "$out/scst.captions.jsonl"
cat "$out"/{xe,scst}/log.jsonl > "$out/training.jsonl"
m2 report --title 'COCO captions, simulated features' --log "$out/training.jsonl" --out "$out/report.html" \
  --scores XE="$out/xe.scores.jsonl" SCST="$out/scst.scores.jsonl" < "$out/scst.captions.jsonl"

step 'Self-critical training (score) against cross-entropy (baseline)'
m2 compare "$out/xe.scores.jsonl" --tolerance 1 < "$out/scst.scores.jsonl" > /dev/null

echo 'Ten captions, evenly through the test images, each with a reference:'
node -e '
  const lines = require("fs").readFileSync(process.argv[1], "utf8").trim().split("\n")
  for (let i = 0; i < 10; i++) {
    const { image_id, caption, captions } = JSON.parse(lines[Math.floor((i * lines.length) / 10)])
    console.log(`${image_id}: ${caption}\n    ${captions[0]}`)
  }' "$out/scst.captions.jsonl"
echo "The report: $out/report.html. Its features are SIMULATED: the score is no benchmark."
