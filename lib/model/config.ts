/** The configuration of a model: its hyper-parameters, and the ids of special words. */
import * as z from 'zod'

/** Attention compares every region with every other: more would not fit into memory, and are a damaged file. */
const mostRegions = 4096

/** Hyper-parameters of a Meshed-Memory Transformer, as config.json holds them. Defaults are the paper's (section 4.2). */
export const modelConfig = z
  .object({
    /** Words in the vocabulary, the four special ones included. */
    vocabularySize: z.number().int().min(5),
    /** The longest caption that the position table has rows for, `<bos>` included. */
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
    /** m: learned memory slots of each encoder layer; 0 is the encoder without memory of the paper's ablation. */
    memorySlots: z.number().int().min(0).default(40),
    /** Width of a region's feature. */
    featureWidth: z.number().int().min(1).default(2048),
    /** The number of regions that an image is padded or cut to. */
    regions: z.number().int().min(1).max(mostRegions).default(50),
    /**
     * 'true' hides padded regions. 'reference' is the reference implementation's mask, which hides only regions whose
     * normalised feature sums to exactly zero, so hardly any: needed for parity with the published weights.
     */
    regionMask: z.enum(['true', 'reference']).default('true'),
    /** 'meshed': every decoder layer attends to every encoder layer; 'one-to-one': only to its own. */
    connections: z.enum(['meshed', 'one-to-one']).default('meshed'),
    /** The gates alpha of the encoder layers: a sigmoid for each, or a softmax over all. */
    gates: z.enum(['sigmoid', 'softmax']).default('sigmoid'),
    /**
     * A new model's frozen table of positions: the paper's sinusoids, or random numbers like the other initial weights,
     * which is what the reference ends up with, and what the published weights were trained with.
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
