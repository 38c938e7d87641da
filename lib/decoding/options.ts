/** The options of `m2 decode`. */
import { precisions } from '../engine/engine.js'
import { engineOptions } from '../engine/options.js'
import { UsageError } from '../errors.js'
import { flagOf, type Options, type OptionValues } from '../options.js'

export const decodeOptions = {
  model: {
    group: 'Model',
    required: true,
    many: 'comma',
    describe: 'Model directory; several decode as an ensemble, by the mean of their log-probabilities',
    metavar: 'DIR',
  },
  beam: {
    group: 'Search',
    type: 'integer',
    min: 1,
    describe: "Beams of the search; default: the model's, which is 5 unless it was trained with another",
    metavar: 'N',
  },
  maxLength: {
    group: 'Search',
    type: 'integer',
    min: 1,
    describe: "Most words of a caption; default: the model's, which is 20 unless it was trained with another",
    metavar: 'N',
  },
  lengthPenalty: {
    group: 'Search',
    type: 'number',
    min: -10,
    max: 10,
    describe:
      'Favour longer captions above 0, shorter ones below; default: 0. The alpha of Wu et al. (2016), eq. 14',
    metavar: 'X',
  },
  diverse: {
    group: 'Search',
    type: 'integer',
    min: 1,
    describe: 'Split the beams into N groups whose words differ (Vijayakumar et al., 2018)',
    metavar: 'N',
  },
  diversity: {
    group: 'Search',
    type: 'number',
    min: 0,
    describe: 'Penalty of a word that another group chose, for --diverse; default: 0.5',
    metavar: 'X',
  },
  sample: {
    group: 'Sampling',
    type: 'boolean',
    describe: 'Draw captions at random instead of searching; --n-best sets how many',
  },
  temperature: {
    group: 'Sampling',
    type: 'number',
    min: 0.001,
    describe: 'Draw more evenly above 1, prefer likely words below, for --sample; default: 1',
    metavar: 'X',
  },
  topK: {
    group: 'Sampling',
    type: 'integer',
    min: 0,
    describe: 'Draw from the K likeliest words only, for --sample; default: 0, from all',
    metavar: 'K',
  },
  topP: {
    group: 'Sampling',
    type: 'number',
    min: 0,
    max: 1,
    describe: 'Draw from the likeliest words whose probabilities add up to P, for --sample; default: 1',
    metavar: 'P',
  },
  seed: {
    group: 'Sampling',
    type: 'integer',
    describe: 'Seed of the draws, for --sample; default: 1',
    metavar: 'N',
  },
  minLength: {
    group: 'Constraints',
    type: 'integer',
    min: 0,
    default: 0,
    describe: 'Fewest words of a caption, not counting consecutive repeats',
    metavar: 'N',
  },
  blockTrigrams: {
    group: 'Constraints',
    type: 'boolean',
    describe: 'Use no three consecutive words twice in a caption',
  },
  noBadEndings: {
    group: 'Constraints',
    type: 'boolean',
    describe: 'End no caption on an article or a preposition',
  },
  suppressUnk: { group: 'Constraints', type: 'boolean', describe: 'Never use the unknown word' },
  nBest: {
    group: 'Output',
    type: 'integer',
    min: 1,
    describe: 'Add `beams`, the best N captions with the log-probability of each word',
    metavar: 'N',
  },
  raw: {
    group: 'Output',
    type: 'boolean',
    describe: 'Add `raw`, the caption with consecutive repeated words kept',
  },
  shard: {
    group: 'Output',
    describe:
      'Caption every N-th image, from the I-th (0 to N-1); 1/1: all. Default: the rank under mpirun or srun, else all',
    metavar: 'I/N',
  },
  jobs: {
    group: 'Runtime',
    type: 'integer',
    min: 1,
    max: 64,
    describe: 'Worker threads; default: one per core, up to 4; 1 with --threads',
    metavar: 'N',
  },
  ...engineOptions,
  precision: {
    group: 'Runtime',
    choices: precisions,
    default: 'float32',
    describe:
      'Number format of products: int8 is faster and a little less exact; onnxruntime on the CPU only',
  },
  slots: {
    group: 'Runtime',
    type: 'integer',
    min: 1,
    max: 512,
    describe: 'Images that a worker decodes at once; default: as many as make 80 beams',
    metavar: 'N',
  },
} as const satisfies Options

export type DecodeOptions = OptionValues<typeof decodeOptions>

/** @throws UsageError for an option that would do nothing */
export function checkDecodeOptions(options: DecodeOptions): void {
  const { sample, diverse = 1 } = options
  const given = (names: readonly (keyof DecodeOptions)[]) => names.find((name) => options[name] !== undefined)
  const ofSampling = given(['temperature', 'topK', 'topP', 'seed'])
  if (ofSampling && !sample)
    throw new UsageError(`--${flagOf(ofSampling)} does nothing without --sample, which draws captions`)
  const ofSearch = given(['beam', 'lengthPenalty', 'diverse', 'diversity'])
  if (ofSearch && sample)
    throw new UsageError(
      `--${flagOf(ofSearch)} does nothing with --sample, which draws captions instead of searching for them`,
    )
  if (options.diversity !== undefined && diverse < 2)
    throw new UsageError('--diversity does nothing without --diverse N, of 2 groups or more')
}
