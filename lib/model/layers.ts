/**
 * What encoder and decoder layers are made of. A row is one region or one word, so that every product with a weight is one
 * of two matrices.
 *
 * Shapes: n rows, d model width, f hidden width.
 */
import * as tf from '../engine/tfjs.js'
import type { FeedForward, LayerNorm, Linear, Module } from './modules.js'
import { dropout, layerNorm } from './ops.js'

/** The dropout of a pass: its rate, and the noise of each row (see noise.ts). undefined: none, as when decoding. */
export type Dropout = { readonly rate: number; readonly noise: tf.Tensor1D } | undefined

/**
 * W x + b for every row.
 *
 * @param x (n, in)
 * @returns (n, out)
 */
export function linear({ weight, bias }: Linear, x: tf.Tensor2D): tf.Tensor2D {
  if (!bias) return tf.matMul(x, weight as tf.Tensor2D, false, true) // of the shape that parameters.ts gives it
  return tf.fused.matMul({ a: x, b: weight, transposeB: true, bias }) as tf.Tensor2D // of the rank of x
}

/**
 * Feed-forward block (section 3.1): F(X)_i = U relu(V X_i + b) + c, then AddNorm.
 *
 * @param x (n, d)
 * @returns (n, d)
 */
export function feedForward(block: FeedForward, x: tf.Tensor2D, dropped: Dropout): tf.Tensor2D {
  const hidden = drop(block.hidden, tf.relu(linear(block.hidden, x)), dropped) // (n, f)
  return addNorm(block, x, linear(block.output, hidden), dropped) // (n, d)
}

/**
 * AddNorm (section 3.1): LayerNorm(X + Dropout(Y)).
 *
 * @param x (n, d), the block's input
 * @param y (n, d), its output
 * @returns (n, d)
 */
export function addNorm(
  block: Module & { readonly norm: LayerNorm },
  x: tf.Tensor2D,
  y: tf.Tensor2D,
  dropped: Dropout,
): tf.Tensor2D {
  return normalize(block.norm, tf.add(x, drop(block, y, dropped)))
}

/** @param x (n, d) */
export const normalize = ({ gain, bias }: LayerNorm, x: tf.Tensor2D): tf.Tensor2D => layerNorm(x, gain, bias)

/** Dropout with a mask of the module's own. */
export const drop = ({ path }: Module, x: tf.Tensor2D, dropped: Dropout): tf.Tensor2D =>
  dropped ? dropout(x, dropped.rate, path, dropped.noise) : x
