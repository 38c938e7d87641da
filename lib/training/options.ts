/** The options of `m2 train`. */
import { engineOptions } from '../engine/options.js'
import { baseOption } from '../features/base.js'
import type { Options, OptionValues } from '../options.js'
import { baselines, objectives } from './early-stopping.js'
import { modelOptions } from './model-options.js'

export const trainOptions = {
  ...inGroup('Data', {
    vocab: {
      required: true,
      describe: "Vocabulary: JSON of m2 vocab, or the reference's vocab.pkl",
      metavar: 'FILE',
    },
    batching: {
      choices: ['images', 'captions'],
      default: 'images',
      describe: "Encode an image once for all its captions, or once for each as in the reference's batches",
    },
    batchSize: { type: 'integer', min: 1, default: 50, describe: 'Captions in a batch', metavar: 'N' },
    captionsPerImage: {
      type: 'integer',
      min: 1,
      default: 5,
      describe: 'Captions of one image in a batch; an image with more gives others in other epochs',
      metavar: 'N',
    },
    ...baseOption,
    cutCaptions: {
      type: 'boolean',
      describe: "Cut captions that are longer than the model's maximum of 53 words",
    },
    seed: {
      type: 'integer',
      default: 1,
      describe: 'Seed of initial weights, order and dropout',
      metavar: 'N',
    },
  }),
  ...inGroup('Model', {
    ...modelOptions,
    from: { describe: 'Start from the weights and the shape of this model directory', metavar: 'DIR' },
    newVocab: {
      type: 'boolean',
      describe:
        'Let --vocab differ from that of --from: words in both keep their weights, others start fresh',
    },
  }),
  ...inGroup('Optimisation', {
    objective: {
      many: 'comma',
      choices: objectives,
      default: ['xe', 'scst'],
      describe: 'Cross-entropy (xe), self-critical training (scst), or one after the other',
    },
    rate: {
      type: 'number',
      min: 0,
      default: 1,
      describe: "Factor of the learning rate of cross-entropy, which follows Noam's schedule",
      metavar: 'X',
    },
    warmup: {
      type: 'integer',
      min: 1,
      default: 10000,
      describe: "Warm-up steps of Noam's schedule",
      metavar: 'N',
    },
    labelSmoothing: {
      type: 'number',
      min: 0,
      max: 0.99,
      default: 0,
      describe: 'Label smoothing of cross-entropy',
      metavar: 'X',
    },
    clip: {
      type: 'number',
      min: 0,
      describe: 'Largest norm of the gradients; default: no limit',
      metavar: 'X',
    },
    microBatch: {
      type: 'integer',
      min: 1,
      describe: 'Captions computed at once; gradients are added up over the batch, which saves memory',
      metavar: 'N',
    },
    xeEpochs: {
      type: 'integer',
      min: 1,
      default: 100,
      describe: 'Most epochs of cross-entropy',
      metavar: 'N',
    },
  }),
  ...inGroup('Self-critical training', {
    scstEpochs: {
      type: 'integer',
      min: 1,
      default: 100,
      describe: 'Most epochs of self-critical training',
      metavar: 'N',
    },
    scstRate: {
      type: 'number',
      min: 0,
      default: 5e-6,
      describe: 'Learning rate of self-critical training',
      metavar: 'X',
    },
    scstImages: {
      type: 'integer',
      min: 1,
      default: 10,
      describe: 'Images in a batch of self-critical training',
      metavar: 'N',
    },
    baseline: {
      choices: baselines,
      default: 'mean',
      describe:
        "What a sample's reward is compared with: the beams' mean, greedy decoding, or the other beams' mean",
    },
    rewardEos: {
      choices: ['none', 'append'],
      default: 'none',
      describe:
        'Whether <eos> counts as a word in rewards; none is the reference, which favours unfinished sentences',
    },
    rewardDocuments: {
      choices: ['caption', 'image'],
      default: 'caption',
      describe:
        "What counts as a document in the reward's document frequencies: a caption, as in the reference, or an image",
    },
  }),
  ...inGroup('Validation', {
    val: {
      describe: 'Records to validate on after each epoch; the model with the best CIDEr-D is kept',
      metavar: 'FILE',
    },
    patience: {
      type: 'integer',
      min: 1,
      default: 5,
      describe: 'Epochs without a new best before an objective ends',
      metavar: 'N',
    },
    beam: { type: 'integer', min: 1, default: 5, describe: 'Beams in sampling and validation', metavar: 'N' },
    maxLength: {
      type: 'integer',
      min: 1,
      default: 20,
      describe: 'Most words of a caption in sampling and validation',
      metavar: 'N',
    },
  }),
  ...inGroup('Checkpoints', {
    out: {
      required: true,
      describe: 'Folder for the best model; the last checkpoint goes to last/, the log to log.jsonl',
      metavar: 'DIR',
    },
    resume: { type: 'boolean', describe: 'Continue the run in --out where it stopped' },
    overwrite: { type: 'boolean', describe: 'Replace the run or the model in --out' },
    saveEvery: {
      type: 'integer',
      min: 1,
      default: 1000,
      describe: 'Steps between two checkpoints within an epoch',
      metavar: 'N',
    },
    maxSteps: {
      type: 'integer',
      min: 1,
      describe: 'Stop, saved, after this many steps of the run',
      metavar: 'N',
    },
    maxMinutes: { type: 'number', min: 0, describe: 'Stop, saved, after this many minutes', metavar: 'X' },
  }),
  ...inGroup('Runtime', {
    logEvery: {
      type: 'integer',
      min: 1,
      default: 10,
      describe: 'Steps between two lines of the log',
      metavar: 'N',
    },
    tensorboard: { describe: 'Write event files for TensorBoard', metavar: 'DIR' },
    ...engineOptions,
  }),
} as const satisfies Options

export type TrainOptions = OptionValues<typeof trainOptions>

/** Options that the help lists under this heading. */
function inGroup<const O extends Options>(group: string, options: O): O {
  const entries = Object.entries(options).map(([name, option]) => [name, { ...option, group }])
  return Object.fromEntries(entries) as O // the same names and types
}
