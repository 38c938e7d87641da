import * as z from 'zod'

/** Hyper-parameters of a Meshed-Memory Transformer, as config.json holds them. Defaults are the paper's (section 4.2). */
export const modelConfig = z
  .object({
    /** Words in the vocabulary, the four special ones included. */
    vocabularySize: z.number().int().min(5),
    /** The longest caption the position table serves, `<bos>` included. */
    maxLength: z.number().int().min(2).default(54),
    encoderLayers: z.number().int().min(1).default(3),
    decoderLayers: z.number().int().min(1).default(3),
    /** d: width of the residual stream. */
    width: z.number().int().min(1).default(512),
    heads: z.number().int().min(1).default(8),
    /** d_k and d_v: width of one head's keys and values. */
    keyWidth: z.number().int().min(1).default(64),
    valueWidth: z.number().int().min(1).default(64),
    /** Width of the hidden layer of the position-wise feed-forward blocks. */
    hiddenWidth: z.number().int().min(1).default(2048),
    /** m: learned memory slots of each encoder layer; 0 is the plain transformer of the paper's ablation. */
    memorySlots: z.number().int().min(0).default(40),
    /** Width of a region's feature. */
    featureWidth: z.number().int().min(1).default(2048),
    /** Regions an image is padded or cut to. */
    regions: z.number().int().min(1).default(50),
    /**
     * 'true' hides padded regions. 'reference' is the reference implementation's mask, which hides none of them but a
     * region whose normalised feature sums to exactly zero: needed for parity with the published weights.
     */
    regionMask: z.enum(['true', 'reference']).default('true'),
    /** 'meshed': every decoder layer attends to every encoder layer; 'one-to-one': only to its own. */
    connections: z.enum(['meshed', 'one-to-one']).default('meshed'),
    /** How alpha weighs the encoder layers: each by a sigmoid, or all by a softmax. */
    gates: z.enum(['sigmoid', 'softmax']).default('sigmoid'),
    /**
     * What a new model's frozen table of positions holds: the paper's sinusoids, or numbers as random as the other
     * initial weights, which is what the reference ends up with, and the published weights were trained with.
     */
    positions: z.enum(['random', 'sinusoid']).default('random'),
    dropout: z.number().min(0).lt(1).default(0.1),
  })
  .refine(
    ({ connections, encoderLayers, decoderLayers }) =>
      connections === 'meshed' || encoderLayers >= decoderLayers,
    {
      message: 'one-to-one connections need as many encoder layers as decoder layers, or more',
      path: ['connections'],
    },
  )

export type ModelConfig = z.infer<typeof modelConfig>

/** Ids of the special words, the same in every vocabulary. */
export const special = { unk: 0, pad: 1, bos: 2, eos: 3 } as const
