# Sourced by coco.sh and evaluate.sh, after m2.sh: what they need before make starts.

# link_inputs OUT [NAME FILE]...: OUT/inputs/NAME for each FILE. Make cannot take blanks, and its recipes are shell code:
# it sees these names, never those of the files. A file that is missing is reported before anything is made.
link_inputs() {
  local out=$1 missing=() i
  shift
  for ((i = 2; i <= $#; i += 2)); do [ -e "${!i}" ] || missing+=("${!i}"); done
  if [ ${#missing[@]} -gt 0 ]; then
    echo "no ${missing[*]}; README.md says under \"The paper on COCO\" where these files come from" >&2
    return 1
  fi
  mkdir -p -- "$out/inputs"
  while [ $# -gt 0 ]; do
    ln -sfn -- "$(realpath -- "$2")" "$out/inputs/$1"
    shift 2
  done
}

# captions FOLDER NAME: FOLDER/captions_NAME.json, gzipped where it is.
captions() { if [ -e "$1/captions_$2.json.gz" ]; then echo "$1/captions_$2.json.gz"; else echo "$1/captions_$2.json"; fi; }

# check_meteor: whether METEOR has all of its data, without which its score does not compare with published ones.
# METEOR=none leaves METEOR out instead.
check_meteor() {
  [ "${METEOR:-}" != none ] || return 0
  local signature
  signature=$(echo '{"image_id":1,"caption":"a","captions":["a"]}' | m2 score --metrics meteor 2> /dev/null) || true
  case $signature in
    *function-words:none*) ;;
    *'modules:exact+stem+synonym+paraphrase|'*) return 0 ;;
  esac
  echo "METEOR's data is missing or incomplete, and without it the score does not compare with the paper's." >&2
  echo "m2 meteor-data --from pip fetches it once (104 MB); METEOR=none goes on without METEOR." >&2
  return 1
}

# make_in OUT TARGET: makes TARGET of coco.mk in OUT, with `m2` as a command of its recipes.
make_in() {
  export here METEOR="${METEOR:-}"
  if [ "$METEOR" = none ]; then grep -v '"METEOR"'; else cat; fi < "$here/../fixtures/published.jsonl" > "$1/inputs/published.jsonl"
  export -f m2
  exec make --no-print-directory -C "$1" -f "$here/coco.mk" "$2"
}
