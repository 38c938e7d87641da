/**
 * Keys and values that the decoder keeps from step to step: those of the images, and of the words so far.
 *
 * Shapes: s slots, k beams of a slot, t positions kept, n = s * k, r regions, h heads, e width of a head.
 */
import * as tf from '../engine/tfjs.js'
import { float32Spec, int32Spec, type HostTensors, type Specs, type TensorSpec } from '../tensor.js'
import type { Tensors } from '../engine/engine.js'
import { biasOf, type KeysValues } from './attention.js'
import { special, type ModelConfig } from './config.js'
import type { Cross } from './meshed-attention.js'

/** Sizes that decoding is compiled for. */
export interface DecodeSizes {
  readonly slots: number
  readonly beams: number
  /** The most words of a caption. */
  readonly length: number
}

/**
 * What is kept of images: for decoder layer l and the i-th encoder layer that it attends to `cross.keys.l.i` and
 * `cross.values.l.i`, (s, h, r, e) each, and `cross.bias`, (s, 1, 1, r).
 */
export function crossSpecs(config: ModelConfig, slots: number): Specs {
  const { heads, regions, keyWidth, valueWidth } = config
  const specs: Record<string, TensorSpec> = { 'cross.bias': float32Spec(slots, 1, 1, regions) }
  const levels = config.connections === 'meshed' ? config.encoderLayers : 1
  for (let layer = 0; layer < config.decoderLayers; layer++)
    for (let i = 0; i < levels; i++) {
      specs[`cross.keys.${layer}.${i}`] = float32Spec(slots, heads, regions, keyWidth)
      specs[`cross.values.${layer}.${i}`] = float32Spec(slots, heads, regions, valueWidth)
    }
  return specs
}

/** What each decoder layer attends to in images, under the names of {@link crossSpecs}. */
export function nameCross(layers: readonly Cross[], regionBias: tf.Tensor): Tensors {
  const cross: Record<string, tf.Tensor> = { 'cross.bias': regionBias }
  layers.forEach((levels, layer) =>
    levels.forEach(({ keys, values }, i) => {
      cross[`cross.keys.${layer}.${i}`] = keys
      cross[`cross.values.${layer}.${i}`] = values
    }),
  )
  return cross
}

/** What one decoder layer attends to, from what {@link nameCross} named. */
export function crossOfLayer(kept: Tensors, layer: number): Cross {
  const levels: KeysValues[] = []
  for (let i = 0; kept[`cross.keys.${layer}.${i}`]; i++) {
    const [keys, values] = [kept[`cross.keys.${layer}.${i}`], kept[`cross.values.${layer}.${i}`]]
    levels.push({ keys: keys as tf.Tensor4D, values: values as tf.Tensor4D }) // as crossSpecs says
  }
  return levels
}

/**
 * What is kept of words: for decoder layer l `own.keys.l` and `own.values.l`, (s * h, t, k, e) each, written once and never
 * moved, and `own.beams`, (s, k, t) int32: the beam that each beam's caption was in at each position, or -1 where there is
 * nothing to see. A slot that starts at position 0 sees nothing of what the cache held before; that must be finite, so it
 * starts as zeros.
 */
export function cacheSpecs(config: ModelConfig, { slots, beams, length }: DecodeSizes): Specs {
  const specs: Record<string, TensorSpec> = { 'own.beams': int32Spec(slots, beams, length) }
  for (let layer = 0; layer < config.decoderLayers; layer++) {
    specs[`own.keys.${layer}`] = float32Spec(slots * config.heads, length, beams, config.keyWidth)
    specs[`own.values.${layer}`] = float32Spec(slots * config.heads, length, beams, config.valueWidth)
  }
  return specs
}

/** The entries of a cache other than the beams. */
export const keysAndValues = <T>(cache: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(cache).filter(([name]) => !name.endsWith('own.beams')))

/**
 * Copies what the first step of an image kept, which has one beam, to all beams of a slot of a cache in host memory.
 *
 * @param kept as {@link cacheSpecs} lists it, of `slots` slots
 * @param first the keys and values of several images' only position and beam, (images * h, 1, 1, e)
 */
export function startSlot(
  kept: HostTensors,
  { slots, slot }: { slots: number; slot: number },
  first: HostTensors,
  image: number,
): void {
  for (const [name, { shape, data }] of Object.entries(kept)) {
    if (name.endsWith('own.beams')) {
      const [, beams, length] = shape as [number, number, number] // as cacheSpecs says
      for (let beam = 0; beam < beams; beam++) data[(slot * beams + beam) * length] = beam
      continue
    }
    const [rows, length, beams, depth] = shape as [number, number, number, number] // likewise
    const [to, from] = [data, first[name]!.data] as [Float32Array, Float32Array] // likewise
    const heads = rows / slots
    for (let head = 0; head < heads; head++) {
      const start = (image * heads + head) * depth
      const row = from.subarray(start, start + depth)
      for (let beam = 0; beam < beams; beam++)
        to.set(row, ((slot * heads + head) * length * beams + beam) * depth)
    }
  }
}

/**
 * Each beam inherits its parent's row and adds itself at the current position. Padding is not seen, nor is what a slot's
 * earlier image left behind.
 *
 * @param before (s, k, t) int32
 * @returns (s, k, t) int32
 */
export function lineage(
  before: tf.Tensor,
  words: tf.Tensor2D,
  parents: tf.Tensor2D,
  positions: tf.Tensor1D,
): tf.Tensor {
  const [slots, beams, length] = before.shape as [number, number, number] // as cacheSpecs says
  const nothing = tf.scalar(-1, 'int32')
  const offsets = tf.mul(tf.range(0, slots, 1, 'int32'), tf.scalar(beams, 'int32')) // (s)
  const rows = tf.reshape(tf.add(parents, tf.expandDims(offsets, 1)), [-1]) // (n)
  const past = tf.reshape(tf.gather(tf.reshape(before, [slots * beams, length]), rows), before.shape) // (s, k, t)
  const padding = tf.equal(words, tf.scalar(special.pad, 'int32')) // (s, k)
  const self = tf.where<tf.Tensor>(padding, nothing, tf.range(0, beams, 1, 'int32')) // (s, k)
  const now = tf.reshape(positions, [slots, 1, 1]) // (s, 1, 1)
  const time = tf.reshape(tf.range(0, length, 1, 'int32'), [1, 1, length]) // (1, 1, t)
  const seen = tf.where(tf.less(time, now), past, nothing) // (s, k, t)
  return tf.where(tf.equal(time, now), tf.expandDims(self, 2), seen) // (s, k, t)
}

/** Of all beams' words, every beam sees those of its own caption: (s, k, t) -> (s, 1, k, t * k) */
export function lineageBias(own: tf.Tensor): tf.Tensor {
  const [slots, beams, length] = own.shape as [number, number, number] // as cacheSpecs says
  const beam = tf.range(0, beams, 1, 'int32') // (k)
  const seen = tf.cast(tf.equal(tf.expandDims(own, 3), beam), 'float32') // (s, k, t, k)
  return biasOf(tf.reshape(seen, [slots, 1, beams, length * beams]))
}

/** Where every head of every slot writes: (s) -> (s * h, 2) int32, row and position */
export function placesOf(positions: tf.Tensor1D, heads: number): tf.Tensor2D {
  const rows = positions.shape[0] * heads
  const repeated = tf.tile(tf.expandDims(positions, 1), [1, heads]) // (s, h)
  return tf.stack([tf.range(0, rows, 1, 'int32'), tf.reshape(repeated, [rows])], 1) as tf.Tensor2D // of vectors
}

/** cache (s * h, t, k, e), places (s * h, 2), added (s, h, k, e) -> (s * h, t, k, e) */
export function write(cache: tf.Tensor, places: tf.Tensor2D, added: tf.Tensor4D): tf.Tensor4D {
  const [slots, heads, beams, depth] = added.shape
  const updates = tf.reshape(added, [slots * heads, beams, depth])
  return tf.tensorScatterUpdate(cache as tf.Tensor4D, places, updates) // as cacheSpecs says
}

/** (s * h, t, k, e) -> (s, h, t * k, e) */
export function joinBeams(cache: tf.Tensor4D, slots: number): tf.Tensor4D {
  const [rows, length, beams, depth] = cache.shape
  return tf.reshape(cache, [slots, rows / slots, length * beams, depth])
}
