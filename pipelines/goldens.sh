#!/bin/sh
# Makes the text and metric goldens of fixtures/goldens again, byte for byte: what Stanford's tokenizer, METEOR's jar,
# pycocoevalcap and spaCy make of the captions in odd.json and world.json there.
#
#   pipelines/goldens.sh [--check]     --check: write nothing, exit 1 where a file would change
#
# It needs Java, Python 3 and, the first time, PyPI; the packages go into .cache/goldens.
set -eu
cd "$(dirname "$0")/.."

fail() { echo "goldens: $1" >&2; exit 1; }
command -v java > /dev/null || fail 'expected a java on PATH, found none'
command -v python3 > /dev/null || fail 'expected a python3 on PATH, found none'

venv=${GOLDENS_VENV:-.cache/goldens/venv}
if ! [ -e "$venv/bin/python" ]; then
  mkdir -p "$(dirname "$venv")"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet pycocoevalcap==1.2 spacy==3.8.18
fi

goldens=fixtures/goldens
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$goldens/odd.json" "$goldens/world.json" "$goldens/meteor" "$work"
"$venv/bin/python" pipelines/goldens.py "$work"
changed=0
for file in ptb.jsonl spacy.jsonl captions.jsonl scores.json; do
  cmp -s "$work/$file" "$goldens/$file" && continue
  changed=1
  echo "goldens: $goldens/$file changes" >&2
  [ "${1:-}" = --check ] || cp "$work/$file" "$goldens/$file"
done
[ "${1:-}" != --check ] || exit $changed
