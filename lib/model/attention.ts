/**
 * Multi-head attention, with and without memory.
 *
 * Shapes: b batch, h heads, q queries, k keys, m memory slots, e width of a head's keys or values.
 */
import * as tf from '../engine/tfjs.js'
import type { ModelConfig } from './config.js'
import { linear } from './layers.js'
import type { Scope } from './scope.js'

/** What attention looks up: keys and values, (b, h, k, e) each. */
export interface Memory {
  readonly keys: tf.Tensor4D
  readonly values: tf.Tensor4D
}

/**
 * Attention(Q, K, V) = softmax(Q K^T / sqrt(d)) V, for every head.
 *
 * @param queries (b, h, q, e)
 * @param bias what is added to the scores, (b or 1, 1, q or 1, k): 0, or `hidden` where a key is not to be seen
 * @param observe is shown the weights, (b, h, q, k)
 * @returns (b * q, h * e)
 */
export function attention(
  queries: tf.Tensor4D,
  { keys, values }: Memory,
  bias?: tf.Tensor,
  observe?: (weights: tf.Tensor4D) => void,
): tf.Tensor2D {
  const scores = tf.mul(tf.matMul(queries, keys, false, true), 1 / Math.sqrt(queries.shape[3])) // (b, h, q, k)
  const weights = tf.softmax(bias ? tf.add(scores, bias) : scores) // (b, h, q, k)
  observe?.(weights as tf.Tensor4D) // of the rank of queries
  return mergeHeads(tf.matMul(weights, values) as tf.Tensor4D) // (b * q, h * e)
}

/**
 * The bias of a key that is not to be seen: its weight underflows to exactly 0. Finite, so that where
 * every key is hidden the weights are equal rather than not numbers.
 */
const hidden = -1e9

/** From 1 where a key may be seen and 0 where not to a bias. */
export const biasOf = (seen: tf.Tensor): tf.Tensor => tf.mul(tf.sub(1, seen), hidden)

/**
 * The keys W_k X and values W_v X of rows X.
 *
 * @param x (b * k, d)
 */
export function project(p: Scope, x: tf.Tensor2D, batch: number, { heads }: ModelConfig): Memory {
  const keys = splitHeads(linear(p.in('fc_k'), x), batch, heads) // (b, h, k, e)
  const values = splitHeads(linear(p.in('fc_v'), x), batch, heads) // (b, h, k, e)
  return { keys, values }
}

/**
 * Extends keys and values with learned slots (section 3.1, memory-augmented attention): K = [W_k X, M_k],
 * V = [W_v X, M_v]. The slots are stored so that they are of the size of other weights: scaled by sqrt(d_k) and
 * sqrt(m) they are of the size of keys and values.
 *
 * @param p m_k and m_v, (1, m, h * e) each
 */
export function remember(
  p: Scope,
  { keys, values }: Memory,
  { heads, memorySlots, keyWidth }: ModelConfig,
): Memory {
  if (memorySlots === 0) return { keys, values }
  const batch = keys.shape[0]
  const slots = (name: string, scale: number) => {
    const rows = tf.reshape(tf.mul(p.get(name), scale), [memorySlots, -1]) as tf.Tensor2D // (m, h * e)
    return tf.tile(splitHeads(rows, 1, heads), [batch, 1, 1, 1]) // (b, h, m, e)
  }
  return {
    keys: tf.concat([keys, slots('m_k', Math.sqrt(keyWidth))], 2), // (b, h, k + m, e)
    values: tf.concat([values, slots('m_v', Math.sqrt(memorySlots))], 2), // (b, h, k + m, e)
  }
}

/** (b * s, h * e) -> (b, h, s, e) */
export function splitHeads(x: tf.Tensor2D, batch: number, heads: number): tf.Tensor4D {
  const [rows, width] = x.shape
  const split = tf.reshape(x, [batch, rows / batch, heads, width / heads]) // (b, s, h, e)
  return tf.transpose(split, [0, 2, 1, 3]) as tf.Tensor4D // (b, h, s, e)
}

/** (b, h, s, e) -> (b * s, h * e) */
function mergeHeads(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, heads, length, width] = x.shape
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * length, heads * width])
}
