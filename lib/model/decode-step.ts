/**
 * Decoding a word at a time: the same numbers as transformer.ts, of one more position for every caption, from what was
 * kept of the earlier ones. Images occupy slots, each with beams of its own and a position of its own, so that a slot
 * may be given to another image while the others go on.
 *
 * Shapes: s slots, k beams of a slot, n = s * k rows, t positions kept, h heads, e width of a head, d width, v vocabulary.
 */
import * as tf from '../engine/tfjs.js'
import { attention, project, splitHeads } from './attention.js'
import { cacheSpecs, joinBeams, lineage, lineageBias, placesOf, write } from './kv-cache.js'
import { special } from './config.js'
import { decoderLayer, wordLogits } from './decoder.js'
import { crossOf } from './images.js'
import { logSoftmax } from './ops.js'
import { scopeOf, type Tensors } from './scope.js'
import type { Model } from './transformer.js'

/** What a step is told of the captions so far. */
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
 * @param kept of the step before, see images.ts and cache.ts
 * @param noise of dropout, (n) int32
 * @returns log-probabilities of the words that follow (n, v), and the cache for the next step
 */
export function decodeStep(
  { config, parameters }: Model,
  { words, parents, positions }: StepInputs,
  kept: Tensors,
  noise?: tf.Tensor1D,
): { logProbs: tf.Tensor2D; cache: Tensors } {
  const p = scopeOf(parameters).in('decoder')
  const [slots, beams] = words.shape
  const { heads, width } = config
  const dropped = noise && { rate: config.dropout, noise }
  const own = lineage(kept['own.beams']!, words, parents, positions) // (s, k, t)
  const bias = lineageBias(own) // (s, 1, k, t * k)
  const places = placesOf(positions, heads) // (s * h, 2)
  const cache: Record<string, tf.Tensor> = { 'own.beams': own }

  const place = tf.gather(p.get('pos_emb.weight'), tf.add(positions, tf.scalar(1, 'int32'))) // (s, d)
  const embedded = tf.gather(p.get('word_emb.weight'), words) // (s, k, d)
  let y = tf.reshape(tf.add(embedded, tf.expandDims(place, 1)), [slots * beams, width]) as tf.Tensor2D // (n, d)

  for (let layer = 0; layer < config.decoderLayers; layer++) {
    const at = p.in(`layers.${layer}`)
    const added = project(at.in('self_att.attention'), y, slots, config) // (s, h, k, e)
    const keys = write(kept[`own.keys.${layer}`]!, places, added.keys) // (s * h, t, k, e)
    const values = write(kept[`own.values.${layer}`]!, places, added.values) // (s * h, t, k, e)
    const memory = { keys: joinBeams(keys, slots), values: joinBeams(values, slots) } // (s, h, t * k, e)
    const selfAttention = (queries: tf.Tensor2D) => attention(splitHeads(queries, slots, heads), memory, bias)
    y = decoderLayer(at, config, y, selfAttention, crossOf(kept, layer), kept['cross.bias']!, dropped) // (n, d)
    cache[`own.keys.${layer}`] = keys
    cache[`own.values.${layer}`] = values
  }
  return { logProbs: logSoftmax(wordLogits(p, y, tf.reshape(words, [-1]))), cache }
}

/**
 * The first step of images, each of one beam: all beams of an image see `<bos>` alone, and the same of the image.
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
 * The most probable words of each row, best first; of several models by the mean of their log-probabilities, as the
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
  const [first, ...others] = logProbs as [tf.Tensor2D, ...tf.Tensor2D[]] // of one model at least
  return others.length
    ? tf.mul(
        others.reduce((sum, x) => tf.add(sum, x), first),
        1 / logProbs.length,
      )
    : first
}
