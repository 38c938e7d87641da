/**
 * The meshed decoder (Cornia et al., CVPR 2020, section 3.2).
 *
 * Shapes: b images, c captions of an image, t words of a caption, n = b * c * t rows, r regions, d model width, h heads,
 * e width of a head, v vocabulary.
 */
import * as tf from '../engine/tfjs.js'
import { attention, biasOf, keysValuesOf, queriesOf } from './attention.js'
import { special, type ModelConfig } from './config.js'
import type { Encoded } from './encoder.js'
import { addNorm, feedForward, linear, type Dropout } from './layers.js'
import { crossOf, meshedAttention, type MeshedInputs, type Observer } from './meshed-attention.js'
import type { DecoderLayer, MeshedMemoryTransformer } from './modules.js'

type Decoder = MeshedMemoryTransformer['decoder']

/** Where words stand that do not simply follow one another: captions that share their beginnings, for example. */
export interface Tree {
  /** (n) int32: how many words come before each */
  readonly positions: tf.Tensor1D
  /** (b * c, 1, t, t): 1 where a word sees another, as it sees itself and those before it in its caption, and 0 elsewhere */
  readonly seen: tf.Tensor4D
}

/** What the decoder is shown, and how. */
export interface DecoderInputs {
  /** (b, c, t) int32, from `<bos>` on; the captions of an image share its keys and values */
  readonly words: tf.Tensor3D
  /** The noise of (n) rows. */
  readonly dropped?: Dropout
  readonly tree?: Tree | undefined
  /** Receives the layers' attention to regions, the first layer's first. */
  readonly observe?: Observer | undefined
}

/**
 * The decoder over whole captions, each word seeing those before it.
 *
 * @returns logits (n, v)
 */
export function decode(
  p: Decoder,
  config: ModelConfig,
  encoded: Encoded,
  { words, dropped, tree, observe }: DecoderInputs,
): tf.Tensor2D {
  const [images, perImage, length] = words.shape
  const captions = images * perImage
  const rows: tf.Tensor1D = tf.reshape(words, [captions * length]) // (n)
  const bias = biasOf(tree?.seen ?? earlierWords(tf.reshape(words, [captions, 1, 1, length]))) // (b * c, 1, t, t)
  const { regionBias } = encoded
  let y = embed(p, rows, tree?.positions ?? length) // (n, d)

  crossOf(p, config, encoded).forEach((cross, i) => {
    const layer = p.layers[i]!
    const { attention: own } = layer.selfAttention
    const selfAttention = (y: tf.Tensor2D) => {
      const earlier = keysValuesOf(own, y, captions) // (b * c, h, t, e)
      return attention(queriesOf(own, y, captions), earlier, bias) // (n, h * e)
    }
    y = decoderLayer(layer, config, y, { selfAttention, cross, regionBias, dropped, observe }) // (n, d)
  })
  return wordLogits(p, y, rows)
}

/**
 * Words and their positions: a caption's first word has the first. Padding gets a position as well, unlike in the
 * reference, to no effect: no word looks at it.
 *
 * @param words (n) int32
 * @param positions (n) int32; or t, where they are counted from 0 in every caption of t words
 * @returns (n, d)
 */
function embed(p: Decoder, words: tf.Tensor1D, positions: tf.Tensor1D | number): tf.Tensor2D {
  const embedded = tf.gather(p.words, words) as tf.Tensor2D // (n, d)
  if (typeof positions !== 'number')
    return tf.add(embedded, tf.gather(p.positions, tf.add(positions, tf.scalar(1, 'int32')))) // (n, d)
  const width = embedded.shape[1]
  const places = tf.slice(p.positions, [1, 0], [positions, width]) // (t, d)
  return tf.reshape(tf.add(tf.reshape(embedded, [-1, positions, width]), places), [-1, width])
}

/** What a decoder layer computes with, beside its parameters and its words. */
export interface LayerInputs extends MeshedInputs {
  /** From y (n, d) to what the layer's self-attention finds in the words so far, (n, h * e). */
  readonly selfAttention: (y: tf.Tensor2D) => tf.Tensor2D
}

/**
 * Decoding layer: Z = AddNorm(M_mesh(X~, AddNorm(S_mask(Y)))), Y~ = AddNorm(F(Z)). As in the reference, AddNorm is
 * around each cross-attention, within the mesh.
 *
 * @param y (n, d)
 * @returns (n, d)
 */
export function decoderLayer(
  p: DecoderLayer,
  config: ModelConfig,
  y: tf.Tensor2D,
  inputs: LayerInputs,
): tf.Tensor2D {
  const own = linear(p.selfAttention.attention.output, inputs.selfAttention(y)) // (n, d)
  const s = addNorm(p.selfAttention, y, own, inputs.dropped) // (n, d)
  const z = meshedAttention(p, config, s, inputs) // (n, d)
  return feedForward(p.feedForward, z, inputs.dropped)
}

/**
 * The logits of the words that follow. Rows of padding are made zero; the reference does so five times a layer, to the
 * same effect: no other row looks at them.
 *
 * @param y (n, d)
 * @param words (n) int32
 * @returns (n, v)
 */
export function wordLogits({ output }: Decoder, y: tf.Tensor2D, words: tf.Tensor): tf.Tensor2D {
  return linear(output, tf.mul(y, tf.expandDims(notPadding(words), 1))) // (n, v)
}

/** 0 for padding, 1 for all other words. */
export const notPadding = (words: tf.Tensor): tf.Tensor =>
  tf.cast(tf.notEqual(words, tf.scalar(special.pad, 'int32')), 'float32')

/** What each word sees: not those that follow, and no padding. (b * c, 1, 1, t) -> (b * c, 1, t, t) */
function earlierWords(words: tf.Tensor): tf.Tensor {
  const length = words.shape[3]!
  const earlier = tf.tensor2d(
    Array.from({ length }, (_, query) => Array.from({ length }, (_, key) => (key > query ? 0 : 1))),
  ) // (t, t)
  return tf.mul(notPadding(words), earlier)
}
