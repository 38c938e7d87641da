#!/usr/bin/env bash
# The paper's run on COCO, from annotations to the comparison with the published scores: coco.mk has the steps.
# Stopped, the same command goes on where it was.
#
#   pipelines/coco.sh ANNOTATIONS FEATURES.hdf5 [OUT] [OPTION OF m2 train...]
#
# ANNOTATIONS  folder with captions_train2014.json and captions_val2014.json (or .json.gz) and the reference's caption
#              ids, coco_{train,restval,dev,test}_ids.npy
# FEATURES     the bottom-up-attention features, 53 GB, in the reference's HDF5 layout
# OUT          where everything goes (runs/coco)
#
# The paper trained for days on one GPU; `--device cuda` among the options uses one, `--threads N` that many cores. The
# options must stay the same when a run goes on. METEOR needs its data once: m2 meteor-data --from pip.
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: pipelines/coco.sh ANNOTATIONS FEATURES.hdf5 [OUT] [OPTION OF m2 train...]" >&2; exit 2; }
. "$(dirname "$0")/m2.sh"
. "$here/inputs.sh"
out=${3:-runs/coco}
link_inputs "$out" train2014.json "$(captions "$1" train2014)" val2014.json "$(captions "$1" val2014)" features.hdf5 "$2" \
  train_ids.npy "$1/coco_train_ids.npy" restval_ids.npy "$1/coco_restval_ids.npy" \
  dev_ids.npy "$1/coco_dev_ids.npy" test_ids.npy "$1/coco_test_ids.npy"
check_meteor
if [ $# -gt 3 ]; then printf '%s\0' "${@:4}"; fi > "$out/inputs/train-options"
make_in "$out" coco
