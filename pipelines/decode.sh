#!/usr/bin/env bash
# Captions of images and their scores. By default the demo's model and the test images of its world.
#
#   pipelines/decode.sh [MODEL [CAPTIONS.json [FEATURES.hdf5 [PREDICTIONS.jsonl]]]]
#
# MODEL may be several directories, a comma between: an ensemble. BEAM: beams (5).
set -euo pipefail
. "$(dirname "$0")/m2.sh"
model=${1:-runs/demo/model}
captions=${2:-runs/demo/world/captions_test.json}
features=${3:-runs/demo/world/features.hdf5}
predictions=${4:-predictions.jsonl}

# Each line is an image; its reference captions ride along, so that m2 score needs nothing else.
m2 captions "$captions" |
  m2 features "$features" |
  m2 decode --model "$model" --beam "${BEAM:-5}" |
  tee "$predictions.part" |
  m2 score --metrics bleu,rouge,cider
mv -f -- "$predictions.part" "$predictions"
