/**
 * What encoder and decoder layers are made of. Rows are what is transformed, whatever they stand for, so that every
 * product with a weight is one of two matrices.
 *
 * Shapes: n rows, d model width, f hidden width.
 */
import * as tf from '../engine/tfjs.js'
import { dropout, layerNorm } from './ops.js'
import type { Scope } from './scope.js'

/** The dropout of a pass: its rate, and the noise of each row (see noise.ts). undefined: none, as when decoding. */
export type Dropout = { readonly rate: number; readonly noise: tf.Tensor1D } | undefined

/**
 * W x + b for every row.
 *
 * @param p weight (out, in), and bias (out) unless `bias` is false
 * @param x (n, in)
 * @returns (n, out)
 */
export function linear(p: Scope, x: tf.Tensor2D, { bias = true } = {}): tf.Tensor2D {
  const weight = p.get('weight') as tf.Tensor2D // its declared shape
  if (!bias) return tf.matMul(x, weight, false, true)
  return tf.fused.matMul({ a: x, b: weight, transposeB: true, bias: p.get('bias') }) as tf.Tensor2D // of the rank of x
}

/**
 * Feed-forward block (section 3.1): F(X)_i = U relu(V X_i + b) + c, then AddNorm.
 *
 * @param x (n, d)
 * @returns (n, d)
 */
export function feedForward(p: Scope, x: tf.Tensor2D, dropped: Dropout): tf.Tensor2D {
  const hidden = drop(p.in('fc1'), tf.relu(linear(p.in('fc1'), x)), dropped) // (n, f)
  return addNorm(p, x, linear(p.in('fc2'), hidden), dropped) // (n, d)
}

/**
 * AddNorm (section 3.1): a residual connection, then layer normalisation. Dropout comes between the block and the sum.
 *
 * @param p the block, which holds layer_norm
 * @param x (n, d), what the block was given
 * @param y (n, d), what it made of it
 * @param key tells blocks apart that share `p`, for the dropout mask
 * @returns (n, d)
 */
export function addNorm(p: Scope, x: tf.Tensor2D, y: tf.Tensor2D, dropped: Dropout, key = ''): tf.Tensor2D {
  return normalize(p.in('layer_norm'), tf.add(x, drop(p, y, dropped, key)))
}

/** @param x (n, d) */
export const normalize = (p: Scope, x: tf.Tensor2D): tf.Tensor2D =>
  layerNorm(x, p.get('weight'), p.get('bias'))

/** Dropout, whose mask is known by the part of the model it is in. */
export const drop = (p: Scope, x: tf.Tensor2D, dropped: Dropout, key = ''): tf.Tensor2D =>
  dropped ? dropout(x, dropped.rate, p.path + key, dropped.noise) : x
