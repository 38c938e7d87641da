/**
 * What the decoder keeps of images, computed once for each of them.
 *
 * Shapes: s slots, r regions, h heads, e width of a head.
 */
import * as tf from '../engine/tfjs.js'
import { float32Spec, type Specs, type TensorSpec } from '../tensor.js'
import type { Memory } from './attention.js'
import type { ModelConfig } from './config.js'
import { crossMemories, type Cross } from './decoder.js'
import { encode } from './encoder.js'
import { scopeOf, type Tensors } from './scope.js'
import type { Model } from './transformer.js'

/**
 * For decoder layer l and the i-th encoder layer that it attends to `cross.keys.l.i` and `cross.values.l.i` (s, h, r, e),
 * and `cross.bias` (s, 1, 1, r).
 */
export function crossSpecs(config: ModelConfig, slots: number): Specs {
  const specs: Record<string, TensorSpec> = { 'cross.bias': float32Spec(slots, 1, 1, config.regions) }
  const levels = config.connections === 'meshed' ? config.encoderLayers : 1
  for (let layer = 0; layer < config.decoderLayers; layer++)
    for (let i = 0; i < levels; i++) {
      specs[`cross.keys.${layer}.${i}`] = float32Spec(slots, config.heads, config.regions, config.keyWidth)
      specs[`cross.values.${layer}.${i}`] = float32Spec(
        slots,
        config.heads,
        config.regions,
        config.valueWidth,
      )
    }
  return specs
}

/**
 * Encodes images and projects all that the decoder will attend to.
 *
 * @param features (s, r, featureWidth)
 * @param noise of dropout, (s * r) int32
 * @returns what {@link crossSpecs} lists, a slot an image
 */
export function encodeImages(
  { config, parameters }: Model,
  features: tf.Tensor3D,
  noise?: tf.Tensor1D,
): Tensors {
  const p = scopeOf(parameters)
  const encoded = encode(p.in('encoder'), config, features, noise && { rate: config.dropout, noise })
  const cross: Record<string, tf.Tensor> = { 'cross.bias': encoded.regionBias }
  crossMemories(p.in('decoder'), config, encoded).forEach((memories, layer) =>
    memories.forEach(({ keys, values }, i) => {
      cross[`cross.keys.${layer}.${i}`] = keys
      cross[`cross.values.${layer}.${i}`] = values
    }),
  )
  return cross
}

/** What a decoder layer attends to in images. */
export function crossOf(kept: Tensors, layer: number): Cross {
  const memories: Memory[] = []
  for (let i = 0; kept[`cross.keys.${layer}.${i}`]; i++) {
    const [keys, values] = [kept[`cross.keys.${layer}.${i}`], kept[`cross.values.${layer}.${i}`]]
    memories.push({ keys: keys as tf.Tensor4D, values: values as tf.Tensor4D }) // as crossSpecs says
  }
  return memories
}
