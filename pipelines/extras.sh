#!/usr/bin/env bash
# Optional packages that more of the tests run with: CI runs this before them. What cannot be had is skipped, saying so.
set -u
cd "$(dirname "$0")/.."

make --silent node_modules/.installed || exit 1
if ! python3 -m pip --version >/dev/null 2>&1; then
  echo 'SKIPPED: no pip, so no libtensorflow; the tests of the engine tensorflow will skip'
elif ! pipelines/libtensorflow.sh; then
  echo 'SKIPPED: libtensorflow could not be set up; the tests of the engine tensorflow will skip'
fi
