# The paper's run on COCO, as targets: each product is made from what stands behind it, so that after a stop `make`
# goes on where it was. Read from top to bottom it is the whole reproduction; `make -n coco ...` prints it.
#
#   make coco COCO=annotations FEATURES=coco_detections.hdf5
#   make evaluate CHECKPOINT=meshed_memory_transformer.pth VOCAB=vocab.pkl COCO=annotations FEATURES=...
#
# COCO      folder with captions_train2014.json and captions_val2014.json (or .json.gz) and the reference's caption
#           ids, coco_{train,restval,dev,test}_ids.npy
# FEATURES  the bottom-up-attention features, 53 GB, in the reference's HDF5 layout
# OUT       where everything goes (runs/coco; runs/published for evaluate)
# TRAIN     more options of m2 train: --threads 8, --device cuda ...; they must stay the same when a run goes on

SHELL := /bin/bash
PIPELINES := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
M2 := node $(PIPELINES)/../dist/bin/m2.js
PUBLISHED := $(PIPELINES)/../fixtures/published.jsonl

ifneq ($(filter coco evaluate,$(MAKECMDGOALS)),)
ifeq ($(and $(COCO),$(FEATURES)),)
$(error make $(MAKECMDGOALS) needs COCO=FOLDER (captions_{train,val}2014.json, coco_*_ids.npy) and FEATURES=FILE.hdf5)
endif
endif
ifneq ($(filter evaluate,$(MAKECMDGOALS)),)
ifeq ($(and $(CHECKPOINT),$(VOCAB)),)
$(error make evaluate needs CHECKPOINT=meshed_memory_transformer.pth and VOCAB=vocab.pkl as well)
endif
endif

OUT ?= $(if $(CHECKPOINT),runs/published,runs/coco)
TRAIN ?=
TRAIN2014 := $(firstword $(wildcard $(COCO)/captions_train2014.json.gz) $(COCO)/captions_train2014.json)
VAL2014 := $(firstword $(wildcard $(COCO)/captions_val2014.json.gz) $(COCO)/captions_val2014.json)
ids = $(COCO)/coco_$(1)_ids.npy

# A file that is missing is said before anything is made.
wanted := $(TRAIN2014) $(VAL2014) $(call ids,train) $(call ids,restval) $(call ids,dev) $(call ids,test) $(FEATURES)
ifneq ($(filter evaluate,$(MAKECMDGOALS)),)
wanted := $(VAL2014) $(call ids,test) $(FEATURES) $(CHECKPOINT) $(VOCAB)
endif
ifneq ($(filter coco evaluate,$(MAKECMDGOALS)),)
missing := $(filter-out $(wildcard $(wanted)),$(wanted))
$(if $(missing),$(error no $(missing); README.md says under "The paper on COCO" where these files come from))
endif

.PHONY: coco evaluate
.DELETE_ON_ERROR:

# The last step: as good as the paper? One training differs from the next by about a point of CIDEr-D.
coco: $(OUT)/scores.jsonl $(OUT)/report.html
	$(M2) compare $(PUBLISHED) --tolerance 0.01,CIDEr-D=0.02 < $<

# 1. Records, one an image. Karpathy's splits by the reference's caption ids; those of restval are trained on as well.
$(OUT)/train.jsonl: $(TRAIN2014) $(VAL2014) $(call ids,train) $(call ids,restval) $(FEATURES) | $(BUILT)
	@mkdir -p $(@D)
	set -o pipefail; $(M2) captions $(TRAIN2014) $(VAL2014) --ids $(call ids,train) $(call ids,restval) \
	  | $(M2) tokenize | $(M2) features $(FEATURES) > $@

$(OUT)/val.jsonl: $(VAL2014) $(call ids,dev) $(FEATURES) | $(BUILT)
	@mkdir -p $(@D)
	set -o pipefail; $(M2) captions $(VAL2014) --ids $(call ids,dev) | $(M2) tokenize | $(M2) features $(FEATURES) > $@

$(OUT)/test.jsonl: $(VAL2014) $(call ids,test) $(FEATURES) | $(BUILT)
	@mkdir -p $(@D)
	set -o pipefail; $(M2) captions $(VAL2014) --ids $(call ids,test) | $(M2) features $(FEATURES) > $@

# 2. The vocabulary: words that occur five times or more in the captions of train, restval and val.
$(OUT)/vocab.json: $(OUT)/train.jsonl $(OUT)/val.jsonl
	cat $^ | $(M2) vocab > $@

# 3. Training, by cross-entropy and then self-critically (pipelines/train.sh). Stopped, it goes on from its last save.
$(OUT)/.trained: $(OUT)/train.jsonl $(OUT)/val.jsonl $(OUT)/vocab.json
	$(PIPELINES)/train.sh $^ $(OUT)/model $(TRAIN) $(if $(wildcard $(OUT)/model/last),--resume)
	@touch $@

# 4. Captions of the 5,000 test images, beam 5, and their scores as the paper computes them.
$(OUT)/captions.jsonl: $(OUT)/test.jsonl $(OUT)/.trained
	$(M2) decode --model $(OUT)/model --beam 5 < $< > $@

$(OUT)/scores.jsonl: $(OUT)/captions.jsonl
	$(M2) score < $< > $@

# 5. A page to look at, and results.zip as COCO's evaluation server takes it (pipelines/coco-report.sh).
$(OUT)/report.html: $(OUT)/scores.jsonl $(OUT)/captions.jsonl
	$(PIPELINES)/coco-report.sh $(OUT)

# The published weights instead of a training.
evaluate: $(OUT)/published.scores.jsonl
	$(M2) compare $(PUBLISHED) --tolerance 0.001,METEOR=0.002 < $<

$(OUT)/published/config.json: $(CHECKPOINT) $(VOCAB) | $(BUILT)
	$(M2) import $(CHECKPOINT) --vocab $(VOCAB) --out $(@D)

$(OUT)/published.captions.jsonl: $(OUT)/test.jsonl $(OUT)/published/config.json
	$(M2) decode --model $(OUT)/published --beam 5 < $< > $@

$(OUT)/published.scores.jsonl: $(OUT)/published.captions.jsonl
	$(M2) score < $< > $@
