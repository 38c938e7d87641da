import { engineOptions } from '../engine/options.js'
import { flagOf, type Options, type OptionValues } from '../options.js'
import { baselines, objectives } from './course.js'

/** What `m2 train` is told on the command line. */
export const trainOptions = {
  out: {
    required: true,
    describe: 'Directory for the best model; the last one, to resume from, in last/, the log in log.jsonl',
    metavar: 'DIR',
  },
  vocab: {
    required: true,
    describe: "Vocabulary: JSON of m2 vocab, or the reference's vocab.pkl",
    metavar: 'FILE',
  },
  val: { describe: 'Records to validate on after each epoch; the best CIDEr-D is kept', metavar: 'FILE' },
  objective: {
    many: 'comma',
    choices: objectives,
    default: ['xe', 'scst'],
    describe: 'What to train by: cross-entropy, self-critical training, or one after the other',
  },
  resume: { type: 'boolean', describe: 'Go on where the run in --out was stopped' },
  from: { describe: 'Begin with the weights of this model directory', metavar: 'DIR' },
  seed: { type: 'integer', default: 1, describe: 'Seed of weights, order and dropout', metavar: 'N' },
  batching: {
    choices: ['images', 'captions'],
    default: 'images',
    describe: "Encode an image once for its captions, or once for each as the reference's batches do",
  },
  batchSize: { type: 'integer', min: 1, default: 50, describe: 'Captions of a batch', metavar: 'N' },
  captionsPerImage: {
    type: 'integer',
    min: 1,
    default: 5,
    describe: 'Captions of an image in a batch; the others come in other epochs',
    metavar: 'N',
  },
  microBatch: {
    type: 'integer',
    min: 1,
    describe: 'Captions computed at once, the gradients of several added up: less memory',
    metavar: 'N',
  },
  xeEpochs: { type: 'integer', min: 1, default: 100, describe: 'Most epochs of cross-entropy', metavar: 'N' },
  scstEpochs: {
    type: 'integer',
    min: 1,
    default: 100,
    describe: 'Most epochs of self-critical training',
    metavar: 'N',
  },
  patience: {
    type: 'integer',
    min: 1,
    default: 5,
    describe: 'Epochs without a new best before an objective ends',
    metavar: 'N',
  },
  maxSteps: {
    type: 'integer',
    min: 1,
    describe: 'Stop, saved, after this many steps of the run',
    metavar: 'N',
  },
  maxMinutes: { type: 'number', min: 0, describe: 'Stop, saved, after this many minutes', metavar: 'X' },
  rate: {
    type: 'number',
    min: 0,
    default: 1,
    describe: "Factor of cross-entropy's rate, Noam's schedule",
    metavar: 'X',
  },
  warmup: { type: 'integer', min: 1, default: 10000, describe: "Steps of Noam's warm-up", metavar: 'N' },
  labelSmoothing: {
    type: 'number',
    min: 0,
    max: 0.99,
    default: 0,
    describe: 'Label smoothing of cross-entropy',
    metavar: 'X',
  },
  clip: { type: 'number', min: 0, describe: 'Largest norm of the gradients; default: any', metavar: 'X' },
  scstRate: {
    type: 'number',
    min: 0,
    default: 5e-6,
    describe: 'Rate of self-critical training',
    metavar: 'X',
  },
  scstImages: {
    type: 'integer',
    min: 1,
    default: 10,
    describe: 'Images of a batch of self-critical training',
    metavar: 'N',
  },
  baseline: {
    choices: baselines,
    default: 'mean',
    describe: "What a sample's reward is compared with: the beams' mean, greedy decoding, the other beams",
  },
  rewardEos: {
    choices: ['none', 'append'],
    default: 'none',
    describe:
      'Whether <eos> is a word of the reward; none is the reference, which favours unfinished sentences',
  },
  rewardDocuments: {
    choices: ['caption', 'image'],
    default: 'caption',
    describe:
      "What is a document of the reward's document frequencies: a caption, as in the reference, or an image",
  },
  beam: {
    type: 'integer',
    min: 1,
    default: 5,
    describe: 'Beams of a search, in sampling and validation',
    metavar: 'N',
  },
  maxLength: {
    type: 'integer',
    min: 1,
    default: 20,
    describe: 'Most words of a caption, in sampling and validation',
    metavar: 'N',
  },
  cutCaptions: { type: 'boolean', describe: "Cut captions longer than the model's maximum of 53 words" },
  width: { type: 'integer', min: 2, default: 512, describe: 'd: width of the model', metavar: 'N' },
  heads: { type: 'integer', min: 1, default: 8, describe: 'Heads of attention', metavar: 'N' },
  layers: {
    type: 'integer',
    min: 1,
    default: 3,
    describe: 'Layers of the encoder and of the decoder',
    metavar: 'N',
  },
  hiddenWidth: {
    type: 'integer',
    min: 1,
    describe: 'Hidden width of the feed-forward blocks; default: 4 widths',
    metavar: 'N',
  },
  memorySlots: {
    type: 'integer',
    min: 0,
    default: 40,
    describe: 'Memory slots of an encoder layer',
    metavar: 'N',
  },
  regions: {
    type: 'integer',
    min: 1,
    default: 50,
    describe: 'Regions that images are padded or cut to',
    metavar: 'N',
  },
  regionMask: {
    choices: ['true', 'reference'],
    default: 'true',
    describe: 'Mask of regions: true hides the padded ones, reference none, as the reference does',
  },
  connections: {
    choices: ['meshed', 'one-to-one'],
    default: 'meshed',
    describe: 'Encoder layers that a decoder layer attends to',
  },
  gates: { choices: ['sigmoid', 'softmax'], default: 'sigmoid', describe: 'How encoder layers are weighed' },
  dropout: {
    type: 'number',
    min: 0,
    max: 0.99,
    default: 0.1,
    describe: 'Share of values that dropout drops',
    metavar: 'X',
  },
  logEvery: {
    type: 'integer',
    min: 1,
    default: 10,
    describe: 'Steps between two lines of the log',
    metavar: 'N',
  },
  saveEvery: {
    type: 'integer',
    min: 1,
    default: 1000,
    describe: 'Steps between two checkpoints within an epoch',
    metavar: 'N',
  },
  tensorboard: { describe: 'Write event files for TensorBoard', metavar: 'DIR' },
  ...engineOptions,
} as const satisfies Options

export type TrainOptions = OptionValues<typeof trainOptions>

/** Options that may change when a run resumes: they decide where it stops and what it says, not what it computes. */
const harmless = (
  'out vocab val examples resume from objective patience xeEpochs scstEpochs maxSteps maxMinutes logEvery saveEvery ' +
  'tensorboard engine device threads microBatch'
).split(' ')

/** The options that decide what a run computes, by flag: for the model's config, and to be the same on resuming. */
export function originOf(options: TrainOptions): Record<string, unknown> {
  const deciding = Object.entries(options).filter(
    ([name, value]) => name in trainOptions && !harmless.includes(name) && value !== undefined,
  )
  return Object.fromEntries(deciding.map(([name, value]) => [flagOf(name), value]))
}
