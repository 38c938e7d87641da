/**
 * The memory-augmented encoder (Cornia et al., CVPR 2020, section 3.1).
 *
 * Shapes: b images, r regions, m memory slots, d model width.
 */
import * as tf from '../engine/tfjs.js'
import { biasOf, memoryAttention } from './attention.js'
import type { ModelConfig } from './config.js'
import { addNorm, drop, feedForward, linear, normalize, type Dropout } from './layers.js'
import type { EncoderLayer, MeshedMemoryTransformer } from './modules.js'

/** Images as the decoder sees them. */
export interface Encoded {
  readonly images: number
  /** The output of every encoder layer, (b * r, d) each. */
  readonly levels: readonly tf.Tensor2D[]
  /** Added to the scores of attention to regions, (b, 1, 1, r). */
  readonly regionBias: tf.Tensor
}

/**
 * Encodes images: X~ = (X~^1, ..., X~^N), the outputs of all encoder layers, since the meshed decoder attends to each.
 *
 * @param features (b, r, featureWidth), padded with rows of zeros
 * @param dropped the noise of (b * r) rows
 */
export function encode(
  p: MeshedMemoryTransformer['encoder'],
  { regionMask, memorySlots }: ModelConfig,
  features: tf.Tensor3D,
  dropped?: Dropout,
): Encoded {
  const [images, regions, featureWidth] = features.shape
  const flat: tf.Tensor2D = tf.reshape(features, [images * regions, featureWidth]) // (b * r, featureWidth)
  const projected = drop(p.input, tf.relu(linear(p.input, flat)), dropped) // (b * r, d)
  let x = normalize(p.norm, projected) // (b * r, d)

  const visible = regionMask === 'true' ? hasFeatures(flat) : sumsToSomething(x) // (b * r)
  const regionBias = tf.reshape(biasOf(visible), [images, 1, 1, regions]) // (b, 1, 1, r)
  const slots = tf.zeros([images, 1, 1, memorySlots])
  const bias = memorySlots ? tf.concat([regionBias, slots], 3) : regionBias // (b, 1, 1, r + m)

  const levels = p.layers.map((layer) => {
    x = encoderLayer(layer, x, { images, bias, dropped }) // (b * r, d)
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
  { selfAttention, feedForward: block }: EncoderLayer,
  x: tf.Tensor2D,
  { images, bias, dropped }: { images: number; bias: tf.Tensor; dropped: Dropout },
): tf.Tensor2D {
  const attended = memoryAttention(selfAttention.attention, x, images, bias) // (b * r, d)
  const z = addNorm(selfAttention, x, attended, dropped) // (b * r, d)
  return feedForward(block, z, dropped)
}

/** The true mask: 0 for a row of zeros, which is padding; else 1. (n, featureWidth) -> (n) */
const hasFeatures = (features: tf.Tensor2D): tf.Tensor => tf.step(tf.sum(tf.abs(features), 1))

/**
 * The reference's mask: it looks for sums of zero after layer normalisation, where padding no longer has them, so it hides
 * next to nothing. Its published weights were trained that way. (n, d) -> (n)
 */
const sumsToSomething = (normalized: tf.Tensor2D): tf.Tensor => tf.step(tf.abs(tf.sum(normalized, 1)))
