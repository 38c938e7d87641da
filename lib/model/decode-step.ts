/**
 * Decoding one word at a time: the same numbers as transformer.ts, for one more position of every caption, from what was
 * kept of the earlier ones. Images occupy slots, each with its own beams and its own position, so that a slot can take
 * another image while the others go on.
 *
 * Shapes: s slots, k beams of a slot, n = s * k rows, t positions kept, r regions, h heads, e width of a head, d width,
 * v vocabulary.
 */
import type { EngineFunction, Tensors } from '../engine/engine.js'
import * as tf from '../engine/tfjs.js'
import { float32Spec, int32Spec, type Specs } from '../tensor.js'
import { attention, keysValuesOf, queriesOf } from './attention.js'
import { special, type ModelConfig } from './config.js'
import { decoderLayer, wordLogits } from './decoder.js'
import { encode } from './encoder.js'
import {
  cacheSpecs,
  crossOfLayer,
  joinBeams,
  lineage,
  lineageBias,
  nameCross,
  placesOf,
  write,
  type DecodeSizes,
} from './kv-cache.js'
import { crossOf } from './meshed-attention.js'
import { logSoftmax } from './ops.js'
import { recordsOf } from './parameters.js'
import type { Model } from './transformer.js'

/**
 * Encodes images and projects all that the decoder will attend to.
 *
 * @param features (s, r, featureWidth)
 * @param noise of dropout, (s * r) int32
 * @returns what crossSpecs of kv-cache.ts lists, a slot an image
 */
export function encodeImages(
  { config, parameters }: Model,
  features: tf.Tensor3D,
  noise?: tf.Tensor1D,
): Tensors {
  const { encoder, decoder } = recordsOf(config, parameters)
  const encoded = encode(encoder, config, features, noise && { rate: config.dropout, noise })
  return nameCross(crossOf(decoder, config, encoded), encoded.regionBias)
}

/** {@link encodeImages} as engines compile it, on parameters that are state or constants. */
export const encodeFunction =
  (config: ModelConfig): EngineFunction =>
  ({ features, regionNoise }, parameters) => ({
    outputs: encodeImages(
      { config, parameters },
      features as tf.Tensor3D, // as encodeInputs says
      regionNoise as tf.Tensor1D | undefined, // likewise
    ),
  })

/** What {@link encodeFunction} is fed. */
export const encodeInputs = (
  { regions, featureWidth }: ModelConfig,
  images: number,
  { noise = false } = {},
): Specs => ({
  features: float32Spec(images, regions, featureWidth),
  ...(noise && { regionNoise: int32Spec(images * regions) }),
})

/** The captions so far. */
export interface StepInputs {
  /** (s, k) int32, the words to go on from: `<bos>` at a slot's position 0. */
  readonly words: tf.Tensor2D
  /** (s, k) int32, the beam of the slot, as of the step before, whose caption each beam continues. */
  readonly parents: tf.Tensor2D
  /** (s) int32, how many words each slot has been shown before. */
  readonly positions: tf.Tensor1D
}

/**
 * One step of all slots.
 *
 * @param kept from the step before and from {@link encodeImages}, as kv-cache.ts lists it
 * @param noise of dropout, (n) int32
 * @returns log-probabilities of the words that follow (n, v), and the cache for the next step
 */
export function decodeStep(
  { config, parameters }: Model,
  { words, parents, positions }: StepInputs,
  kept: Tensors,
  noise?: tf.Tensor1D,
): { logProbs: tf.Tensor2D; cache: Tensors } {
  const { decoder } = recordsOf(config, parameters)
  const [slots, beams] = words.shape
  const { heads, width } = config
  const dropped = noise && { rate: config.dropout, noise }
  const regionBias = kept['cross.bias']! // (s, 1, 1, r)
  const own = lineage(kept['own.beams']!, words, parents, positions) // (s, k, t)
  const bias = lineageBias(own) // (s, 1, k, t * k)
  const places = placesOf(positions, heads) // (s * h, 2)
  const cache: Record<string, tf.Tensor> = { 'own.beams': own }

  const place = tf.gather(decoder.positions, tf.add(positions, tf.scalar(1, 'int32'))) // (s, d)
  const embedded = tf.gather(decoder.words, words) // (s, k, d)
  let y = tf.reshape(tf.add(embedded, tf.expandDims(place, 1)), [slots * beams, width]) as tf.Tensor2D // (n, d)

  for (const [i, layer] of decoder.layers.entries()) {
    const { attention: p } = layer.selfAttention
    const added = keysValuesOf(p, y, slots) // (s, h, k, e)
    const keys = write(kept[`own.keys.${i}`]!, places, added.keys) // (s * h, t, k, e)
    const values = write(kept[`own.values.${i}`]!, places, added.values) // (s * h, t, k, e)
    const earlier = { keys: joinBeams(keys, slots), values: joinBeams(values, slots) } // (s, h, t * k, e)
    const selfAttention = (y: tf.Tensor2D) => attention(queriesOf(p, y, slots), earlier, bias) // (n, h * e)
    const cross = crossOfLayer(kept, i)
    y = decoderLayer(layer, config, y, { selfAttention, cross, regionBias, dropped }) // (n, d)
    cache[`own.keys.${i}`] = keys
    cache[`own.values.${i}`] = values
  }
  return { logProbs: logSoftmax(wordLogits(decoder, y, tf.reshape(words, [-1]))), cache }
}

/**
 * {@link decodeStep} as engines compile it. Parameters are state or constants; what is kept of images and words may be
 * inputs or state. Outputs: logProbs. State: the next step's cache.
 */
export const stepFunction =
  (config: ModelConfig) =>
  ({ words, parents, positions, noise, ...kept }: Tensors, state: Tensors) => {
    const inputs = { words, parents, positions } as StepInputs // as stepInputs says
    const given = { ...kept, ...state }
    const { logProbs, cache } = decodeStep(
      { config, parameters: state },
      inputs,
      given,
      noise as tf.Tensor1D | undefined, // likewise
    )
    return { outputs: { logProbs }, state: cache }
  }

/** What {@link stepFunction} is fed, beside what is kept. */
export const stepInputs = (
  { slots, beams }: Pick<DecodeSizes, 'slots' | 'beams'>,
  { noise = false } = {},
): Specs => ({
  words: int32Spec(slots, beams),
  parents: int32Spec(slots, beams),
  positions: int32Spec(slots),
  ...(noise && { noise: int32Spec(slots * beams) }),
})

/**
 * The first step of images, with one beam each: all beams of an image see only `<bos>`, and the same regions.
 *
 * @param cross what {@link encodeImages} kept of them
 * @param noise of dropout, (s) int32
 * @returns log-probabilities of the first words (s, v), and the cache of a single position
 */
export function firstStep(model: Model, cross: Tensors, noise?: tf.Tensor1D) {
  const images = cross['cross.bias']!.shape[0]!
  const nothing = Object.entries(cacheSpecs(model.config, { slots: images, beams: 1, length: 1 })).map(
    ([name, { shape, dtype }]) => [name, tf.zeros([...shape], dtype)] as const,
  )
  const start: StepInputs = {
    words: tf.fill([images, 1], special.bos, 'int32'),
    parents: tf.zeros([images, 1], 'int32'),
    positions: tf.zeros([images], 'int32'),
  }
  return decodeStep(model, start, { ...cross, ...Object.fromEntries(nothing) }, noise)
}

/**
 * The most probable words of each row, best first. Several models count by the mean of their log-probabilities, as in the
 * reference's ensembles.
 *
 * @param logProbs (n, v) of each model
 * @returns ids (n, count) int32 and logProbs (n, count)
 */
export function topWords(logProbs: readonly tf.Tensor2D[], count: number) {
  const { values, indices } = tf.topk(ensemble(logProbs), count)
  return { ids: indices, logProbs: values }
}

/** The mean of log-probabilities, (n, v) of each model. */
export function ensemble(logProbs: readonly tf.Tensor2D[]): tf.Tensor2D {
  const [first, ...others] = logProbs as [tf.Tensor2D, ...tf.Tensor2D[]] // one model at least
  return others.length
    ? tf.mul(
        others.reduce((sum, x) => tf.add(sum, x), first),
        1 / logProbs.length,
      )
    : first
}
