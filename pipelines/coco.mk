# The paper's run on COCO, as targets: each product is made from what it depends on, so that after a stop the same command
# goes on where it was. Read from top to bottom it is the whole reproduction.
#
#   pipelines/coco.sh ANNOTATIONS FEATURES.hdf5 [OUT] [OPTION OF m2 train...]
#   pipelines/evaluate.sh CHECKPOINT.pth VOCAB.pkl ANNOTATIONS FEATURES.hdf5 [OUT]
#
# Those scripts run it in OUT, where inputs/ has links to the files that they were given, and define the command `m2`.
# MAKEFLAGS=-n before them prints what would be done.

ifndef here
$(error pipelines/coco.sh and pipelines/evaluate.sh run coco.mk)
endif

SHELL := /bin/bash
.SHELLFLAGS := -eo pipefail -c
.PHONY: coco evaluate

# A product is written beside its place and renamed: one that is there is whole, also after a kill.
keep = > $@.part && mv -f $@.part $@
score = m2 score
ifeq ($(METEOR),none)
comma := ,
score += --metrics bleu$(comma)rouge$(comma)cider
endif

# The last step: as good as the paper? One training differs from the next by about a point of CIDEr-D.
coco: scores.jsonl report.html
	m2 compare inputs/published.jsonl --tolerance 0.01,CIDEr-D=0.02 < $<

# 1. Records, one per image. Karpathy's splits by the reference's caption ids; those of restval are trained on as well.
features = m2 features "$$(realpath inputs/features.hdf5)"

train.jsonl: $(addprefix inputs/,train2014.json val2014.json train_ids.npy restval_ids.npy features.hdf5)
	m2 captions inputs/train2014.json inputs/val2014.json --ids inputs/train_ids.npy inputs/restval_ids.npy \
	  | m2 tokenize | $(features) $(keep)

val.jsonl: $(addprefix inputs/,val2014.json dev_ids.npy features.hdf5)
	m2 captions inputs/val2014.json --ids inputs/dev_ids.npy | m2 tokenize | $(features) $(keep)

test.jsonl: $(addprefix inputs/,val2014.json test_ids.npy features.hdf5)
	m2 captions inputs/val2014.json --ids inputs/test_ids.npy | $(features) $(keep)

# 2. The vocabulary: words that occur five times or more in the captions of train, restval and val.
vocab.json: train.jsonl val.jsonl
	cat $^ | m2 vocab $(keep)

# 3. Training, by cross-entropy and then self-critically (pipelines/train.sh). Stopped, it goes on from its last save.
.trained: train.jsonl val.jsonl vocab.json
	mapfile -d '' -t options < inputs/train-options; \
	  "$$here/train.sh" $^ model "$${options[@]}" $(if $(wildcard model/last),--resume)
	@touch $@

# 4. Captions of the 5,000 test images, beam 5, and their scores as the paper computes them.
captions.jsonl: test.jsonl .trained
	m2 decode --model model --beam 5 < $< $(keep)

scores.jsonl: captions.jsonl
	$(score) < $< $(keep)

# 5. A page to look at, and results.zip as COCO's evaluation server takes it (pipelines/coco-report.sh).
report.html: scores.jsonl captions.jsonl
	"$$here/coco-report.sh" .

# The published weights instead of a training.
evaluate: published.scores.jsonl
	m2 compare inputs/published.jsonl --tolerance 0.001,$(if $(comma),BLEU-4=0.001,METEOR=0.002) < $<

published/config.json: inputs/checkpoint inputs/vocabulary
	rm -rf published && m2 import "$$(realpath inputs/checkpoint)" \
	  --vocab "$$(realpath inputs/vocabulary)" --out published

published.captions.jsonl: test.jsonl published/config.json
	m2 decode --model published --beam 5 < $< $(keep)

published.scores.jsonl: published.captions.jsonl
	$(score) < $< $(keep)
