/** The options of `m2 train` that shape the model, and the paper's values for them. */
import type { Options } from '../options.js'

/** None has a default of its own: what is not given comes from --from or from the run that is resumed, if there is one. */
export const modelOptions = {
  width: {
    type: 'integer',
    min: 2,
    describe: "Width of the model, d; default: 512, or --from's, as for all options of this group",
    metavar: 'N',
  },
  heads: { type: 'integer', min: 1, describe: 'Attention heads; default: 8', metavar: 'N' },
  layers: {
    type: 'integer',
    min: 1,
    describe: 'Layers of the encoder, and of the decoder; default: 3',
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
    describe: 'Memory slots of each encoder layer; default: 40',
    metavar: 'N',
  },
  regions: {
    type: 'integer',
    min: 1,
    describe:
      'Regions that each image is padded or cut to; default: 50, or the most that an image has, up to 1024',
    metavar: 'N',
  },
  regionMask: {
    choices: ['true', 'reference'],
    describe:
      'true (default) hides padded regions from attention; reference hides none, as the reference does',
  },
  connections: {
    choices: ['meshed', 'one-to-one'],
    describe:
      'Encoder layers that each decoder layer attends to: all (meshed, default), or the one at its own level',
  },
  gates: { choices: ['sigmoid', 'softmax'], describe: 'How encoder layers are weighed; default: sigmoid' },
  dropout: {
    type: 'number',
    min: 0,
    max: 0.99,
    describe: 'Share of values that dropout sets to zero; default: 0.1',
    metavar: 'X',
  },
} as const satisfies Options

/** The paper's model. */
export const modelDefaults = {
  width: 512,
  heads: 8,
  layers: 3,
  memorySlots: 40,
  regions: 50,
  regionMask: 'true',
  connections: 'meshed',
  gates: 'sigmoid',
  dropout: 0.1,
} as const

/** Most regions that data may have before --regions must say how many to use. */
export const mostRegions = 1024
