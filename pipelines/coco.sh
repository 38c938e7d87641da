#!/usr/bin/env bash
# The paper's run on COCO, from annotations to the comparison with the published scores: coco.mk has the steps.
# Stopped, the same command goes on where it was.
#
#   pipelines/coco.sh ANNOTATIONS FEATURES.hdf5 [OUT] [OPTION OF m2 train...]
#
# The paper trained for days on one GPU; `--device cuda` among the options uses one, `--threads N` so many cores.
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: pipelines/coco.sh ANNOTATIONS FEATURES.hdf5 [OUT] [OPTION OF m2 train...]" >&2; exit 2; }
. "$(dirname "$0")/m2.sh"
exec make --no-print-directory -f "$here/coco.mk" coco COCO="$1" FEATURES="$2" OUT="${3:-runs/coco}" TRAIN="${*:4}"
