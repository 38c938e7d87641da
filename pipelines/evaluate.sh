#!/usr/bin/env bash
# The published weights, decoded and scored on the Karpathy test images: coco.mk has the steps.
#
#   pipelines/evaluate.sh CHECKPOINT.pth VOCAB.pkl ANNOTATIONS FEATURES.hdf5 [OUT]
#
# ANNOTATIONS has captions_val2014.json and coco_test_ids.npy. METEOR needs its data once: m2 meteor-data --from pip.
set -euo pipefail
[ $# -ge 4 ] || { echo "usage: pipelines/evaluate.sh CHECKPOINT.pth VOCAB.pkl ANNOTATIONS FEATURES.hdf5 [OUT]" >&2; exit 2; }
. "$(dirname "$0")/m2.sh"
. "$here/inputs.sh"
out=${5:-runs/published}
link_inputs "$out" checkpoint "$1" vocabulary "$2" val2014.json "$(captions "$3" val2014)" features.hdf5 "$4" \
  test_ids.npy "$3/coco_test_ids.npy"
check_meteor
make_in "$out" evaluate
