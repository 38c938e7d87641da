#!/usr/bin/env bash
# The published weights, decoded and scored on the Karpathy test images: coco.mk has the steps.
#
#   pipelines/evaluate.sh CHECKPOINT.pth VOCAB.pkl ANNOTATIONS FEATURES.hdf5 [OUT]
#
# ANNOTATIONS has captions_val2014.json and coco_test_ids.npy. METEOR needs its data once: m2 meteor-data --from pip.
set -euo pipefail
[ $# -ge 4 ] || { echo "usage: pipelines/evaluate.sh CHECKPOINT.pth VOCAB.pkl ANNOTATIONS FEATURES.hdf5 [OUT]" >&2; exit 2; }
. "$(dirname "$0")/m2.sh"
exec make --no-print-directory -f "$here/coco.mk" evaluate CHECKPOINT="$1" VOCAB="$2" COCO="$3" FEATURES="$4" \
  OUT="${5:-runs/published}"
