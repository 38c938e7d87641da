/**
 * The meshed decoder (Cornia et al., CVPR 2020, section 3.2).
 *
 * Shapes: b images, c captions of an image, t words of a caption, n = b * c * t rows, r regions, d model width,
 * h heads, e width of a head.
 */
import * as tf from '../engine/tfjs.js'
import { attention, biasOf, project, splitHeads, type Memory } from './attention.js'
import { special, type ModelConfig } from './config.js'
import type { Encoded } from './encoder.js'
import { addNorm, feedForward, linear, type Dropout } from './layers.js'
import type { Scope } from './scope.js'

/** What a decoder layer attends to in images: keys and values (b, h, r, e) of each encoder layer it is connected to. */
export type Cross = readonly Memory[]

/** Is shown what each decoder layer looks at, for each encoder layer: attention weights and gates. */
export type Observer = (seen: {
  /** (b, h, c * t, r) each */
  readonly weights: readonly tf.Tensor4D[]
  /** alpha, (n, d) each; none where the connections are one-to-one. */
  readonly gates: readonly tf.Tensor2D[]
}) => void

/** Where words stand that are not simply one after the other: those of several captions that begin alike, say. */
export interface Tree {
  /** (n) int32: how many words come before each */
  readonly positions: tf.Tensor1D
  /** (b * c, 1, t, t): 1 where a word sees another, as it sees itself and those before it in its caption, and 0 elsewhere */
  readonly seen: tf.Tensor4D
}

/**
 * The decoder over whole captions, each word seeing those before it.
 *
 * @param p the scope `decoder`
 * @param words (b, c, t) int32, from `<bos>` on; the captions of an image share its keys and values
 * @param dropped the noise of (n) rows
 * @param tree of the words, where a caption's are not one after the other
 * @param observe is shown the layers' attention to regions, the first layer's first
 * @returns logits (n, v)
 */
export function decode(
  p: Scope,
  config: ModelConfig,
  encoded: Encoded,
  words: tf.Tensor3D,
  dropped: Dropout,
  { tree, observe }: { tree?: Tree | undefined; observe?: Observer | undefined } = {},
): tf.Tensor2D {
  const [images, perImage, length] = words.shape
  const captions = images * perImage
  const rows: tf.Tensor1D = tf.reshape(words, [captions * length]) // (n)
  const bias = biasOf(tree?.seen ?? earlierWords(tf.reshape(words, [captions, 1, 1, length]))) // (b * c, 1, t, t)
  let y = embed(p, config, rows, tree?.positions ?? length) // (n, d)

  crossMemories(p, config, encoded).forEach((cross, layer) => {
    const at = p.in(`layers.${layer}`)
    const own = project(at.in('self_att.attention'), y, captions, config) // (b * c, h, t, e)
    const selfAttention = (queries: tf.Tensor2D) =>
      attention(splitHeads(queries, captions, config.heads), own, bias) // (n, h * e)
    y = decoderLayer(at, config, y, selfAttention, cross, encoded.regionBias, dropped, observe) // (n, d)
  })
  return wordLogits(p, y, rows)
}

/**
 * Words and their positions, of which a caption's first word has the first. Padding gets a position as well, unlike in the
 * reference, to no effect: nothing looks at it.
 *
 * @param words (n) int32
 * @param positions (n) int32; or t, where they are counted from 0 in every caption of t words
 * @returns (n, d)
 */
function embed(
  p: Scope,
  { width }: ModelConfig,
  words: tf.Tensor1D,
  positions: tf.Tensor1D | number,
): tf.Tensor2D {
  const embedded = tf.gather(p.get('word_emb.weight'), words) as tf.Tensor2D // (n, d)
  const places = p.get('pos_emb.weight')
  if (typeof positions !== 'number')
    return tf.add(embedded, tf.gather(places, tf.add(positions, tf.scalar(1, 'int32')))) // (n, d)
  const place = tf.slice(places, [1, 0], [positions, width]) // (t, d)
  return tf.reshape(tf.add(tf.reshape(embedded, [-1, positions, width]), place), [-1, width])
}

/**
 * Decoding layer: Z = AddNorm(M_mesh(X~, AddNorm(S_mask(Y)))), Y~ = AddNorm(F(Z)). As in the reference, AddNorm is
 * around each cross-attention, within the mesh.
 *
 * @param y (n, d)
 * @param selfAttention from queries (n, h * e) to what they find in the words so far, (n, h * e)
 * @param regionBias (b, 1, 1, r)
 * @returns (n, d)
 */
export function decoderLayer(
  p: Scope,
  config: ModelConfig,
  y: tf.Tensor2D,
  selfAttention: (queries: tf.Tensor2D) => tf.Tensor2D,
  cross: Cross,
  regionBias: tf.Tensor,
  dropped: Dropout,
  observe?: Observer,
): tf.Tensor2D {
  const own = p.in('self_att.attention')
  const found = linear(own.in('fc_o'), selfAttention(linear(own.in('fc_q'), y))) // (n, d)
  const s = addNorm(p.in('self_att'), y, found, dropped) // (n, d)
  const z = meshedAttention(p, config, s, cross, regionBias, dropped, observe) // (n, d)
  return feedForward(p.in('pwff'), z, dropped)
}

/**
 * Meshed cross-attention: M_mesh(X~, Y) = sum over i of alpha_i * C(X~^i, Y), where C(X~^i, Y) =
 * Attention(W_q Y, W_k X~^i, W_v X~^i), with the same weights for every encoder layer i.
 *
 * The reference divides the sum by the root of the number of encoder layers, which the paper does not mention. Gates of
 * a softmax add up to one as they are.
 *
 * @param y (n, d)
 * @returns (n, d)
 */
function meshedAttention(
  p: Scope,
  config: ModelConfig,
  y: tf.Tensor2D,
  cross: Cross,
  bias: tf.Tensor,
  dropped: Dropout,
  observe?: Observer,
): tf.Tensor2D {
  const at = p.in('enc_att.attention')
  const queries = splitHeads(linear(at.in('fc_q'), y), bias.shape[0]!, config.heads) // (b, h, c * t, e)
  const weights: tf.Tensor4D[] = []
  const attended = cross.map((memory, i) => {
    const seen = attention(queries, memory, bias, (shares) => weights.push(shares)) // (n, h * e)
    const found = linear(at.in('fc_o'), seen) // (n, d)
    return addNorm(p.in('enc_att'), y, found, dropped, `${i}`) // (n, d)
  })
  const alphas = config.connections === 'meshed' ? gates(p, config, y, attended) : [] // (n, d) each
  observe?.({ weights, gates: alphas })
  if (config.connections === 'one-to-one') return attended[0]!
  const weighted: tf.Tensor2D[] = attended.map((c, i) => tf.mul(alphas[i]!, c)) // (n, d) each
  const sum = weighted.reduce((total, x) => tf.add(total, x)) // (n, d)
  return config.gates === 'softmax' ? sum : tf.mul(sum, 1 / Math.sqrt(cross.length))
}

/**
 * The weight of each encoder layer: alpha_i = sigmoid(W_i [Y, C(X~^i, Y)] + b_i), element by element. The ablation
 * 'softmax' makes those of the layers add up to one.
 *
 * @param y (n, d)
 * @param attended (n, d) of each encoder layer
 * @returns (n, d) for each encoder layer
 */
function gates(p: Scope, config: ModelConfig, y: tf.Tensor2D, attended: tf.Tensor2D[]): tf.Tensor2D[] {
  const scores = attended.map((c, i) => linear(p.in(`fc_alpha${i + 1}`), tf.concat([y, c], 1))) // (n, d) each
  if (config.gates === 'sigmoid') return scores.map((score) => tf.sigmoid(score))
  const shares = tf.softmax(tf.stack(scores, 2)) // (n, d, levels)
  return tf.unstack(shares, 2) as tf.Tensor2D[] // (n, d) each
}

/** What each decoder layer attends to: keys and values of every encoder layer, or of its own only. */
export function crossMemories(p: Scope, config: ModelConfig, { levels, images }: Encoded): Cross[] {
  return Array.from({ length: config.decoderLayers }, (_, layer) =>
    (config.connections === 'meshed' ? levels : [levels[layer]!]).map((level) =>
      project(p.in(`layers.${layer}.enc_att.attention`), level, images, config),
    ),
  )
}

/**
 * The logits of the words that follow. Rows of padding are made zero; the reference does so five times a layer, to the
 * same effect: no other row looks at them.
 *
 * @param y (n, d)
 * @param words (n) int32
 * @returns (n, v)
 */
export function wordLogits(p: Scope, y: tf.Tensor2D, words: tf.Tensor): tf.Tensor2D {
  return linear(p.in('fc'), tf.mul(y, tf.expandDims(notPadding(words), 1)), { bias: false }) // (n, v)
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
