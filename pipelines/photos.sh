#!/usr/bin/env bash
# Captions of photographs, and a page that shows them with the regions that each word comes from.
#
#   pipelines/photos.sh FOLDER [OUT]      FOLDER: photographs; OUT: folder for what is made; default runs/photos
#
# MODEL     model directory (runs/m2)
# DETECTOR  the detector that the model was trained on, a folder that m2 detector makes; EfficientNet-Lite0 unless it is set
# THREADS   threads of everything (2)
set -euo pipefail
. "$(dirname "$0")/m2.sh"
photos=${1:?expected a folder of photographs: pipelines/photos.sh FOLDER [OUT]}
out=${2:-runs/photos}
model=${MODEL:-runs/m2}
threads=${THREADS:-2}
step() { echo "== $*" >&2; }
mkdir -p "$out"

# Where the model does not read what the detector makes, --model says so before the first photograph.
step 'Regions of each photograph, and their features'
m2 detect "$photos" ${DETECTOR:+--detector "$DETECTOR"} --model "$model" --threads "$threads" \
  --out "$out/features.hdf5" --resume > "$out/photos.jsonl"

step 'Captions'
m2 decode --model "$model" --threads "$threads" < "$out/photos.jsonl" > "$out/captions.jsonl"

step 'A page of them: which regions each word comes from'
m2 explain --model "$model" --threads "$threads" < "$out/captions.jsonl" |
  m2 report --title 'Photographs' --images "$photos" --out "$out/report.html"

node -e '
  for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) {
    const { file_name, caption } = JSON.parse(line)
    console.log(`${file_name}: ${caption}`)
  }' < "$out/captions.jsonl"
echo "The page: $out/report.html"
