# make demo       the main job on a made-up world, from nothing to a report
# make test       build, lint, and run every test
# make crash      kills training at random moments and compares the resumed runs: KILLS=100 SEED=1
# make coco       the paper's run on COCO: COCO=FOLDER FEATURES=FILE.hdf5
# make evaluate   the published weights on COCO: CHECKPOINT=FILE.pth VOCAB=vocab.pkl COCO=FOLDER FEATURES=FILE.hdf5
# make photos     captions of your own photographs: PHOTOS=FOLDER MODEL=DIR DETECTOR=DIR
# make features   COCO's features from its photographs: IMAGES=train2014,val2014 DETECTOR=DIR
# make coco-sim   real captions, simulated features, where ../shared or M2_SHARED has them; MINUTES=20
# Each sets up what it needs; that takes Node 20 or later and npm.

SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# onnxruntime-node otherwise downloads CUDA libraries, and the install fails where their host cannot be reached.
export ONNXRUNTIME_NODE_INSTALL ?= skip

.PHONY: demo coco evaluate coco-sim test crash fuzz build docs lint format clean help

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

demo: build
	@pipelines/demo.sh runs/demo

test: build
	@npm run --silent lint
	@npm run --silent test

fuzz: build
	@FUZZ=$(or $(FILES),50000) FUZZ_SEED=$(or $(SEED),1) node dist/test/fuzz/fuzz.test.js

crash: build
	@node dist/test/crash/main.js $(or $(KILLS),100) $(or $(SEED),1)

build: dist/.built

coco-sim: build
	@pipelines/coco-sim.sh runs/coco-sim

# Names of files reach the shell as data: through the environment, as they are.
given := COCO FEATURES CHECKPOINT VOCAB OUT TRAIN
$(foreach name,$(given),$(eval override export $(name) := $$(value $(name))))

coco: build
	@[ -n "$$COCO" ] && [ -n "$$FEATURES" ] || { echo 'make coco needs COCO=FOLDER and FEATURES=FILE.hdf5' >&2; exit 2; }
	+@set -f; pipelines/coco.sh "$$COCO" "$$FEATURES" "$${OUT:-runs/coco}" $$TRAIN

evaluate: build
	@[ -n "$$CHECKPOINT" ] && [ -n "$$VOCAB" ] && [ -n "$$COCO" ] && [ -n "$$FEATURES" ] || \
	  { echo 'make evaluate needs CHECKPOINT=FILE.pth VOCAB=vocab.pkl COCO=FOLDER FEATURES=FILE.hdf5' >&2; exit 2; }
	+@pipelines/evaluate.sh "$$CHECKPOINT" "$$VOCAB" "$$COCO" "$$FEATURES" "$${OUT:-runs/published}"

BUILT := dist/.built
include pipelines/photos.mk

docs: build
	node dist/bin/docs.js

lint: build
	@npm run --silent lint

format: node_modules/.installed
	@npm run --silent format

clean:
	rm -rf dist runs .tap

node_modules/.installed: package.json package-lock.json .npmrc
	@node -e 'process.exit(+(+process.versions.node.split(".")[0] < 20))' || \
	  { echo "m2 needs Node 20 or later; this is $$(node --version 2>/dev/null || echo "no Node at all"). See https://nodejs.org/en/download" >&2; exit 1; }
	npm ci
	@touch $@

dist/.built: node_modules/.installed tsconfig.json $(shell find bin lib test -name '*.ts')
	@npm run --silent build
	@touch $@
