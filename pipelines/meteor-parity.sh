#!/bin/sh
# METEOR beside the jar it reproduces: every segment's statistics and score, on a results file of your own.
#
#   pipelines/meteor-parity.sh RESULTS.json CAPTIONS.json[.gz] [CAPTION_IDS.npy]
#
# RESULTS is in COCO's results format, CAPTIONS in COCO's annotation format; CAPTION_IDS keeps these references only.
# pycocoevalcap comes from PyPI into .cache/meteor-parity; its PTB tokenizer and METEOR run under Java.
# Exit code 0 when all agree, 1 when they do not, 0 with a line on stderr where there is no Java or no Python.
set -eu
cd "$(dirname "$0")/.."

skip() { echo "meteor-parity: skipped: $1" >&2; exit 0; }
[ $# -ge 2 ] || { echo "usage: pipelines/meteor-parity.sh RESULTS.json CAPTIONS.json[.gz] [CAPTION_IDS.npy]" >&2; exit 2; }
command -v java > /dev/null || skip "no java on PATH"
command -v python3 > /dev/null || skip "no python3 on PATH"
[ -e dist/lib/metrics/meteor/index.js ] || npm run --silent build

work=.cache/meteor-parity
if ! [ -e $work/venv/.ready ]; then
  mkdir -p $work
  python3 -m venv $work/venv && $work/venv/bin/pip install --quiet pycocoevalcap || skip "pip could not install pycocoevalcap"
  touch $work/venv/.ready
fi

# The jar's side: tokenised captions, statistics and scores, one image a line.
$work/venv/bin/python pipelines/meteor-parity.py "$@" > $work/jar.jsonl

# m2's side, on the same tokens.
VIRTUAL_ENV=$PWD/$work/venv node --input-type=module - $work/jar.jsonl <<'JS'
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { openMeteor } from './dist/lib/metrics/meteor/index.js'

const lines = readFileSync(process.argv[2], 'utf8').trim().split('\n').map((line) => JSON.parse(line))
const { score, seconds } = lines.pop()
const start = performance.now()
const meteor = await openMeteor({ note: (message) => process.stderr.write(`${message}\n`) })
const opened = performance.now()
const rows = lines.map(({ hypothesis, references }) => meteor.statistics(hypothesis, references))
const end = performance.now()

const sum = new Float64Array(meteor.width)
let different = 0
let farthest = 0
for (const [i, row] of rows.entries()) {
  for (const [k, value] of row.entries()) sum[k] += value
  const text = [...row.subarray(0, 23)].map((value) => value.toFixed(1)).join(' ')
  if (text !== lines[i].statistics) different++
  farthest = Math.max(farthest, Math.abs(meteor.score(row) - lines[i].score))
}
const ours = meteor.score(sum)
const ok = different === 0 && farthest <= 1e-12 && Math.abs(ours - score) <= 1e-12
console.log(JSON.stringify({
  images: lines.length, different, farthest, jar: score, m2: ours, ok, signature: meteor.signature,
  seconds: { jar: seconds, m2: { open: (opened - start) / 1000, score: (end - opened) / 1000 } },
  megabytes: Math.round(process.resourceUsage().maxRSS / 1000),
}))
process.exitCode = ok ? 0 : 1
JS
