/** The options of `m2 train` that shape the model. */
import type { Options } from '../options.js'

export const modelOptions = {
  width: { type: 'integer', min: 2, default: 512, describe: 'Width of the model: d', metavar: 'N' },
  heads: { type: 'integer', min: 1, default: 8, describe: 'Attention heads', metavar: 'N' },
  layers: {
    type: 'integer',
    min: 1,
    default: 3,
    describe: 'Layers of the encoder, and of the decoder',
    metavar: 'N',
  },
  hiddenWidth: {
    type: 'integer',
    min: 1,
    describe: 'Hidden width of the feed-forward blocks; default: 4 times the width',
    metavar: 'N',
  },
  memorySlots: {
    type: 'integer',
    min: 0,
    default: 40,
    describe: 'Memory slots of each encoder layer',
    metavar: 'N',
  },
  regions: {
    type: 'integer',
    min: 1,
    default: 50,
    describe: 'Regions that each image is padded or cut to',
    metavar: 'N',
  },
  regionMask: {
    choices: ['true', 'reference'],
    default: 'true',
    describe: 'true hides padded regions from attention; reference hides none, as the reference does',
  },
  connections: {
    choices: ['meshed', 'one-to-one'],
    default: 'meshed',
    describe: 'Encoder layers that each decoder layer attends to: all, or the one at its own level',
  },
  gates: { choices: ['sigmoid', 'softmax'], default: 'sigmoid', describe: 'How encoder layers are weighed' },
  dropout: {
    type: 'number',
    min: 0,
    max: 0.99,
    default: 0.1,
    describe: 'Share of values that dropout sets to zero',
    metavar: 'X',
  },
} as const satisfies Options
