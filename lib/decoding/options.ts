import { precisions } from '../engine/engine.js'
import { engineOptions } from '../engine/options.js'
import type { Options, OptionValues } from '../options.js'

/** What `m2 decode` is told on the command line. */
export const decodeOptions = {
  model: {
    required: true,
    many: 'comma',
    describe: 'Model directory; several decode together, by the mean of their log-probabilities',
    metavar: 'DIR',
  },
  beam: {
    type: 'integer',
    min: 1,
    describe: "Beams of a search; default: the model's, 5 unless it says otherwise",
    metavar: 'N',
  },
  maxLength: {
    type: 'integer',
    min: 1,
    describe: "Most words of a caption; default: the model's, 20 unless it says otherwise",
    metavar: 'N',
  },
  nBest: {
    type: 'integer',
    min: 1,
    describe: 'Add `beams`, the best N captions with the log-probability of each word',
    metavar: 'N',
  },
  raw: { type: 'boolean', describe: 'Add `raw`, the caption with its repeated words' },
  minLength: { type: 'integer', min: 0, default: 0, describe: 'Fewest words of a caption', metavar: 'N' },
  lengthPenalty: {
    type: 'number',
    default: 0,
    describe: 'Favour longer captions above 0: alpha of Wu et al. (2016), eq. 14',
    metavar: 'X',
  },
  blockTrigrams: { type: 'boolean', describe: 'Say no three words in a row twice in a caption' },
  noBadEndings: { type: 'boolean', describe: 'End no caption on an article or a preposition' },
  suppressUnk: { type: 'boolean', describe: 'Never say the unknown word' },
  diverse: {
    type: 'integer',
    min: 1,
    default: 1,
    describe: 'Groups of beams kept apart from each other (Vijayakumar et al., 2018)',
    metavar: 'N',
  },
  diversity: {
    type: 'number',
    min: 0,
    default: 0.5,
    describe: 'What a word that another group chose costs, for --diverse',
    metavar: 'X',
  },
  sample: {
    type: 'boolean',
    describe: 'Draw captions at random instead of searching; --n-best says how many',
  },
  temperature: {
    type: 'number',
    min: 0.001,
    default: 1,
    describe: 'Draw flatter above 1, greedier below, for --sample',
    metavar: 'X',
  },
  topK: {
    type: 'integer',
    min: 0,
    default: 0,
    describe: 'Draw from the K likeliest words, for --sample; 0: from all',
    metavar: 'K',
  },
  topP: {
    type: 'number',
    min: 0,
    max: 1,
    default: 1,
    describe: 'Draw from the likeliest words of probability P together, for --sample',
    metavar: 'P',
  },
  seed: { type: 'integer', default: 1, describe: 'Seed of --sample', metavar: 'N' },
  jobs: {
    type: 'integer',
    min: 1,
    max: 64,
    describe:
      'Machines that share the images, of --threads each; default: one a core, four at most; one where --threads is given',
    metavar: 'N',
  },
  shard: {
    describe: 'Caption every N-th image, from the I-th (0 to N-1); mpirun and Slurm set it by themselves',
    metavar: 'I/N',
  },
  ...engineOptions,
  precision: {
    choices: precisions,
    default: 'float32',
    describe:
      'What products are computed in: int8 is faster, smaller and a little less exact; for onnxruntime on the CPU',
  },
  slots: {
    type: 'integer',
    min: 1,
    max: 512,
    describe: 'Images that a job decodes at once; default: as many as make 80 beams',
    metavar: 'N',
  },
} as const satisfies Options

export type DecodeOptions = OptionValues<typeof decodeOptions>
