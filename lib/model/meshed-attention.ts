/**
 * Meshed cross-attention (Cornia et al., CVPR 2020, section 3.2): from words to the outputs of all encoder layers.
 *
 * Shapes: b images, c captions of an image, t words of a caption, n = b * c * t rows, r regions, d model width, h heads,
 * e width of a head.
 */
import * as tf from '../engine/tfjs.js'
import { attention, keysValuesOf, queriesOf, type KeysValues } from './attention.js'
import type { ModelConfig } from './config.js'
import type { Encoded } from './encoder.js'
import { addNorm, linear, type Dropout } from './layers.js'
import type { DecoderLayer, Linear, MeshedMemoryTransformer } from './modules.js'

/** What a decoder layer attends to in images: keys and values (b, h, r, e) of each encoder layer it is connected to. */
export type Cross = readonly KeysValues[]

/** Receives what each decoder layer looks at, for each encoder layer: attention weights and gates. */
export type Observer = (seen: {
  /** (b, h, c * t, r) each */
  readonly weights: readonly tf.Tensor4D[]
  /** alpha, (n, d) each; none where the connections are one-to-one. */
  readonly gates: readonly tf.Tensor2D[]
}) => void

/** What meshed attention is given, beside its parameters and its queries. */
export interface MeshedInputs {
  readonly cross: Cross
  /** (b, 1, 1, r) */
  readonly regionBias: tf.Tensor
  readonly dropped: Dropout
  readonly observe?: Observer | undefined
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
export function meshedAttention(
  { crossAttention: block, gates: linears }: DecoderLayer,
  config: ModelConfig,
  y: tf.Tensor2D,
  { cross, regionBias, dropped, observe }: MeshedInputs,
): tf.Tensor2D {
  const queries = queriesOf(block.attention, y, regionBias.shape[0]!) // (b, h, c * t, e)
  const weights: tf.Tensor4D[] = []
  const attended = cross.map((level, i) => {
    const found = attention(queries, level, regionBias, (shares) => weights.push(shares)) // (n, h * e)
    const ofLevel = { path: `${block.path}${i}`, norm: block.norm } // its dropout has a mask of its own
    return addNorm(ofLevel, y, linear(block.attention.output, found), dropped) // (n, d)
  })
  const alphas = config.connections === 'meshed' ? gates(linears, config, y, attended) : [] // (n, d) each
  observe?.({ weights, gates: alphas })
  if (config.connections === 'one-to-one') return attended[0]!
  const weighted: tf.Tensor2D[] = attended.map((c, i) => tf.mul(alphas[i]!, c)) // (n, d) each
  const sum = weighted.reduce((total, x) => tf.add(total, x)) // (n, d)
  return config.gates === 'softmax' ? sum : tf.mul(sum, 1 / Math.sqrt(cross.length))
}

/**
 * The weight of each encoder layer: alpha_i = sigmoid(W_i [Y, C(X~^i, Y)] + b_i), element by element. The ablation
 * 'softmax' makes the weights of all layers add up to one.
 *
 * @param y (n, d)
 * @param attended (n, d) of each encoder layer
 * @returns (n, d) for each encoder layer
 */
function gates(
  linears: readonly Linear[],
  config: ModelConfig,
  y: tf.Tensor2D,
  attended: readonly tf.Tensor2D[],
): tf.Tensor2D[] {
  const scores = attended.map((c, i) => linear(linears[i]!, tf.concat([y, c], 1))) // (n, d) each
  if (config.gates === 'sigmoid') return scores.map((score) => tf.sigmoid(score))
  const shares = tf.softmax(tf.stack(scores, 2)) // (n, d, levels)
  return tf.unstack(shares, 2) as tf.Tensor2D[] // (n, d) each
}

/** What each decoder layer attends to: keys and values of every encoder layer, or of its own only. */
export function crossOf(
  p: MeshedMemoryTransformer['decoder'],
  { connections }: ModelConfig,
  { levels, images }: Encoded,
): Cross[] {
  return p.layers.map(({ crossAttention: { attention } }, layer) =>
    (connections === 'meshed' ? levels : [levels[layer]!]).map((level) =>
      keysValuesOf(attention, level, images),
    ),
  )
}
