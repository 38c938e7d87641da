/**
 * The memory-augmented encoder (Cornia et al., CVPR 2020, section 3.1).
 *
 * Shapes: b images, r regions, d model width.
 */
import * as tf from '../engine/tfjs.js'
import { attention, biasOf, project, remember, splitHeads } from './attention.js'
import type { ModelConfig } from './config.js'
import { addNorm, drop, feedForward, linear, normalize, type Dropout } from './layers.js'
import type { Scope } from './scope.js'

/** Images as the decoder sees them. */
export interface Encoded {
  readonly images: number
  /** The output of every encoder layer, (b * r, d) each. */
  readonly levels: readonly tf.Tensor2D[]
  /** What is added to the scores of attention to regions, (b, 1, 1, r). */
  readonly regionBias: tf.Tensor
}

/**
 * Encodes images: the full encoder, whose every layer's output is kept for the meshed decoder.
 *
 * @param p the scope `encoder`
 * @param features (b, r, featureWidth), padded with rows of zeros
 * @param dropped the noise of (b * r) rows
 */
export function encode(p: Scope, config: ModelConfig, features: tf.Tensor3D, dropped: Dropout): Encoded {
  const [images, regions, featureWidth] = features.shape
  const flat: tf.Tensor2D = tf.reshape(features, [images * regions, featureWidth]) // (b * r, featureWidth)
  const projected = drop(p.in('fc'), tf.relu(linear(p.in('fc'), flat)), dropped) // (b * r, d)
  let x = normalize(p.in('layer_norm'), projected) // (b * r, d)

  const seen = config.regionMask === 'true' ? hasFeatures(flat) : sumsToSomething(x) // (b * r)
  const regionBias = tf.reshape(biasOf(seen), [images, 1, 1, regions]) // (b, 1, 1, r)
  const slots = tf.zeros([images, 1, 1, config.memorySlots])
  const keyBias = config.memorySlots ? tf.concat([regionBias, slots], 3) : regionBias // (b, 1, 1, r + m)

  const levels = Array.from({ length: config.encoderLayers }, (_, layer) => {
    x = encoderLayer(p.in(`layers.${layer}`), config, x, images, keyBias, dropped) // (b * r, d)
    return x
  })
  return { images, levels, regionBias }
}

/**
 * Encoding layer: Z = AddNorm(M_mem(X)), X~ = AddNorm(F(Z)).
 *
 * @param x (b * r, d)
 * @param bias (b, 1, 1, r + m)
 * @returns (b * r, d)
 */
function encoderLayer(
  p: Scope,
  config: ModelConfig,
  x: tf.Tensor2D,
  images: number,
  bias: tf.Tensor,
  dropped: Dropout,
): tf.Tensor2D {
  const mixed = memoryAttention(p.in('mhatt.attention'), config, x, images, bias) // (b * r, d)
  const z = addNorm(p.in('mhatt'), x, mixed, dropped) // (b * r, d)
  return feedForward(p.in('pwff'), z, dropped)
}

/**
 * Memory-augmented attention: M_mem(X) = Attention(W_q X, [W_k X, M_k], [W_v X, M_v]). Slots are never hidden.
 *
 * @param x (b * r, d)
 * @param bias (b, 1, 1, r + m)
 * @returns (b * r, d)
 */
function memoryAttention(
  p: Scope,
  config: ModelConfig,
  x: tf.Tensor2D,
  images: number,
  bias: tf.Tensor,
): tf.Tensor2D {
  const queries = splitHeads(linear(p.in('fc_q'), x), images, config.heads) // (b, h, r, e)
  const memory = remember(p, project(p, x, images, config), config) // (b, h, r + m, e)
  return linear(p.in('fc_o'), attention(queries, memory, bias)) // (b * r, d)
}

/** The true mask: 0 for a row of zeros, which is padding; else 1. (n, featureWidth) -> (n) */
const hasFeatures = (features: tf.Tensor2D): tf.Tensor => tf.step(tf.sum(tf.abs(features), 1))

/**
 * The reference implementation's mask: it looks for sums of zero after layer normalisation, where padding no longer has
 * them, so it hides next to nothing. Its published weights were trained that way. (n, d) -> (n)
 */
const sumsToSomething = (normalized: tf.Tensor2D): tf.Tensor => tf.step(tf.abs(tf.sum(normalized, 1)))
