# From photographs, as targets.
#
#   make photos PHOTOS=folder MODEL=runs/m2 DETECTOR=detectors/vg
#   make features IMAGES=train2014,val2014 DETECTOR=detectors/vg FEATURES=runs/features.hdf5
#
# DETECTOR  the folder of a detector (m2 detector); EfficientNet-Lite0 unless it is set
# DETECT    more options of m2 detect: --threads 8, --device cuda, --select maxnms ...; the same when a run goes on
#
# What `make features` leaves is what `make coco` takes: FEATURES=runs/features.hdf5.

SHELL := /bin/bash
HERE := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
comma := ,
DETECT ?=

.PHONY: photos features

ifneq ($(filter photos,$(MAKECMDGOALS)),)
ifeq ($(PHOTOS),)
$(error make photos needs PHOTOS=FOLDER, and MODEL=DIR and DETECTOR=DIR where they are not the default)
endif
endif
ifneq ($(filter features,$(MAKECMDGOALS)),)
ifeq ($(IMAGES),)
$(error make features needs IMAGES=FOLDER,FOLDER of photographs, such as train2014,val2014)
endif
FEATURES ?= runs/features.hdf5
endif

photos: | $(BUILT)
	MODEL="$(or $(MODEL),runs/m2)" DETECTOR="$(DETECTOR)" $(HERE)/photos.sh "$(PHOTOS)"

# COCO's photographs take a night; stopped, it goes on where it was.
features: | $(BUILT)
	@mkdir -p "$(dir $(FEATURES))"
	node $(HERE)/../dist/bin/m2.js detect $(subst $(comma), ,$(IMAGES)) $(if $(DETECTOR),--detector "$(DETECTOR)") $(DETECT) \
	  --out "$(FEATURES)" --resume > "$(FEATURES:.hdf5=.jsonl)"
