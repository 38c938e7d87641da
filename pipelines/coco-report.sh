#!/usr/bin/env bash
# The end of a run of coco.mk: a page with captions, scores and curves, and a zip of results as COCO's evaluation server
# takes them.
#
#   pipelines/coco-report.sh OUT       OUT: has test.jsonl, captions.jsonl, scores.jsonl and model
#
# IMAGES   folder of the photographs of val2014, to show them in the page (none)
# THREADS  of decoding and explaining (all)
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: pipelines/coco-report.sh OUT" >&2; exit 2; }
. "$(dirname "$0")/m2.sh"
out=$1
threads=(${THREADS:+--threads "$THREADS"})

# The model that cross-entropy left, where there is one: what self-critical training is compared with.
systems=(SCST="$out/scores.jsonl") beside=()
if [ -d "$out/model/xe" ]; then
  m2 decode --model "$out/model/xe" --beam 5 ${threads[@]+"${threads[@]}"} < "$out/test.jsonl" > "$out/xe.captions.jsonl"
  m2 score --bootstrap 1000 < "$out/xe.captions.jsonl" > "$out/xe.scores.jsonl"
  m2 score --bootstrap 1000 --against "$out/xe.captions.jsonl" < "$out/captions.jsonl" > "$out/scst.scores.jsonl"
  systems=(XE="$out/xe.scores.jsonl" SCST="$out/scst.scores.jsonl") beside=(--beside XE="$out/xe.captions.jsonl")
fi

m2 explain --model "$out/model" ${threads[@]+"${threads[@]}"} < "$out/captions.jsonl" > "$out/explained.jsonl"
m2 report --out "$out/report.html" --title 'Meshed-Memory Transformer on COCO' \
  --about 'Captions for the test images of Karpathy’s split of COCO, by a model trained on the others.' \
  --scores "${systems[@]}" --baseline published="$here/../fixtures/published.jsonl" ${beside[@]+"${beside[@]}"} \
  --log "$out/model/log.jsonl" --model "$out/model" ${IMAGES:+--images "$IMAGES"} < "$out/explained.jsonl"

m2 results --server --split val2014 --out "$out" < "$out/captions.jsonl"
results=captions_val2014_m2_results.json
if command -v zip > /dev/null; then (cd "$out" && zip -q results.zip "$results")
elif command -v python3 > /dev/null; then (cd "$out" && python3 -m zipfile -c results.zip "$results")
else echo "coco-report: neither zip nor python3 is here to make results.zip of $out/$results" >&2
fi
