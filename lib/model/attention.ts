/**
 * Multi-head attention, with and without memory slots.
 *
 * Shapes: b batch, h heads, q queries, k keys, m memory slots, d model width, e width of a head's keys or values.
 */
import * as tf from '../engine/tfjs.js'
import { linear } from './layers.js'
import type { MultiHeadAttention } from './modules.js'

/** What attention looks up: keys and values, (b, h, k, e) each. */
export interface KeysValues {
  readonly keys: tf.Tensor4D
  readonly values: tf.Tensor4D
}

/**
 * Attention(Q, K, V) = softmax(Q K^T / sqrt(d_k)) V, for every head (section 3).
 *
 * @param queries (b, h, q, e)
 * @param bias added to the scores, (b or 1, 1, q or 1, k): 0, or `hidden` for a key that must not be seen
 * @param observe receives the weights, (b, h, q, k)
 * @returns (b * q, h * e)
 */
export function attention(
  queries: tf.Tensor4D,
  { keys, values }: KeysValues,
  bias?: tf.Tensor,
  observe?: (weights: tf.Tensor4D) => void,
): tf.Tensor2D {
  const scores = tf.mul(tf.matMul(queries, keys, false, true), 1 / Math.sqrt(queries.shape[3])) // (b, h, q, k)
  const weights = tf.softmax(bias ? tf.add(scores, bias) : scores) // (b, h, q, k)
  observe?.(weights as tf.Tensor4D) // of the rank of queries
  return mergeHeads(tf.matMul(weights, values) as tf.Tensor4D) // (b * q, h * e)
}

/**
 * The bias of a hidden key: its weight underflows to exactly 0. It is finite, so that where every key is hidden the weights
 * are equal instead of NaN.
 */
const hidden = -1e9

/** Turns 1 (the key is visible) and 0 (it is hidden) into the bias of its score. */
export const biasOf = (visible: tf.Tensor): tf.Tensor => tf.mul(tf.sub(1, visible), hidden)

/**
 * The queries W_q X of rows X.
 *
 * @param x (b * q, d)
 * @returns (b, h, q, e)
 */
export const queriesOf = ({ heads, query }: MultiHeadAttention, x: tf.Tensor2D, batch: number): tf.Tensor4D =>
  splitHeads(linear(query, x), batch, heads)

/**
 * The keys W_k X and values W_v X of rows X.
 *
 * @param x (b * k, d)
 */
export const keysValuesOf = (
  { heads, key, value }: MultiHeadAttention,
  x: tf.Tensor2D,
  batch: number,
): KeysValues => ({
  keys: splitHeads(linear(key, x), batch, heads), // (b, h, k, e)
  values: splitHeads(linear(value, x), batch, heads), // (b, h, k, e)
})

/**
 * Memory-augmented attention (section 3.1): M_mem(X) = Attention(W_q X, K, V) with K = [W_k X, M_k] and V = [W_v X, M_v].
 * Memory slots are never hidden.
 *
 * @param x (b * k, d)
 * @param bias (b, 1, 1, k + m)
 * @returns (b * k, d)
 */
export function memoryAttention(
  p: MultiHeadAttention,
  x: tf.Tensor2D,
  batch: number,
  bias: tf.Tensor,
): tf.Tensor2D {
  const queries = queriesOf(p, x, batch) // (b, h, k, e)
  const extended = withMemory(p, keysValuesOf(p, x, batch)) // (b, h, k + m, e)
  return linear(p.output, attention(queries, extended, bias)) // (b * k, d)
}

/**
 * Appends the learned slots M_k and M_v to keys and values. As in the reference, they are stored as small as other weights
 * are, and scaled by sqrt(d_k) and sqrt(m) to the size of keys and values.
 */
function withMemory({ heads, memory }: MultiHeadAttention, { keys, values }: KeysValues): KeysValues {
  if (!memory) return { keys, values }
  const [batch, , , keyWidth] = keys.shape
  const slots = memory.keys.shape[1]! // m
  const ofBatch = (stored: tf.Tensor, scale: number) => {
    const rows = tf.reshape(tf.mul(stored, scale), [slots, -1]) as tf.Tensor2D // (m, h * e)
    return tf.tile(splitHeads(rows, 1, heads), [batch, 1, 1, 1]) // (b, h, m, e)
  }
  return {
    keys: tf.concat([keys, ofBatch(memory.keys, Math.sqrt(keyWidth))], 2), // (b, h, k + m, e)
    values: tf.concat([values, ofBatch(memory.values, Math.sqrt(slots))], 2), // (b, h, k + m, e)
  }
}

/** (b * s, h * e) -> (b, h, s, e) */
function splitHeads(x: tf.Tensor2D, batch: number, heads: number): tf.Tensor4D {
  const [rows, width] = x.shape
  const split = tf.reshape(x, [batch, rows / batch, heads, width / heads]) // (b, s, h, e)
  return tf.transpose(split, [0, 2, 1, 3]) as tf.Tensor4D // (b, h, s, e)
}

/** (b, h, s, e) -> (b * s, h * e) */
function mergeHeads(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, heads, length, width] = x.shape
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * length, heads * width])
}
