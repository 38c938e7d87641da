#!/usr/bin/env bash
# The paper's training (Cornia et al., 2020, section 4.1; what it leaves open, as the authors' code has it).
#
#   pipelines/train.sh TRAIN.jsonl VAL.jsonl VOCAB.json OUT [OPTION OF m2 train...]
#
# TRAIN and VAL are records with captions and features, as m2 features writes them. Options that follow win:
# `--resume` goes on after a stop, `--threads 8` or `--device cuda` say where it runs.
set -euo pipefail
[ $# -ge 4 ] || { echo "usage: pipelines/train.sh TRAIN.jsonl VAL.jsonl VOCAB.json OUT [OPTION...]" >&2; exit 2; }
. "$(dirname "$0")/m2.sh"

options=(
  # The model: 38.4 million parameters at the reference's vocabulary.
  --width 512 --heads 8 --layers 3 --memory-slots 40 --hidden-width 2048 --dropout 0.1 --regions 50

  # Cross-entropy: 50 captions a batch, each with its own copy of the image. `--batching images` would encode an image
  # once for its five captions: nearly twice the speed, other batches. Noam's rate, 10,000 steps of warm-up.
  --batching captions --batch-size 50 --warmup 10000

  # Validation after each epoch; five without a new best CIDEr-D and the best model goes on to the next objective.
  --objective xe,scst --patience 5

  # Self-critical: ten images a batch, their five beams are the samples and their mean reward the baseline, CIDEr-D
  # against the documents of the training captions, without an end-of-sentence word, as in the reference.
  --scst-images 10 --beam 5 --max-length 20 --scst-rate 5e-6
  --baseline mean --reward-eos none --reward-documents caption
)

# An option may be given once: what follows replaces what stands here.
chosen=() given=" ${*:5} "
for ((i = 0; i < ${#options[@]}; i += 2)); do
  [[ $given == *" ${options[i]} "* || $given == *" ${options[i]}="* ]] || chosen+=("${options[@]:i:2}")
done
m2 train "$1" --val "$2" --vocab "$3" --out "$4" "${chosen[@]}" "${@:5}"
