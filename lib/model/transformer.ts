/**
 * The Meshed-Memory Transformer (Cornia et al., "Meshed-Memory Transformer for Image Captioning", CVPR 2020): from
 * regions of images and captions to the probability of every next word.
 *
 * Shapes: b images, r regions, c captions of an image, t words of a caption, n = b * c * t, v vocabulary.
 */
import * as tf from '../engine/tfjs.js'
import type { Tensors } from '../engine/engine.js'
import type { ModelConfig } from './config.js'
import { decode, type Tree } from './decoder.js'
import { encode } from './encoder.js'
import { labelLogProb, logSoftmax } from './ops.js'
import { recordsOf } from './parameters.js'

/** A model: its configuration, and its parameters by the reference's names (see parameters.ts). */
export interface Model {
  readonly config: ModelConfig
  readonly parameters: Tensors
}

/** The noise of dropout (see noise.ts) of a training step: (b * r) and (n) int32. Without it nothing is dropped. */
export interface Noise {
  readonly regions: tf.Tensor1D
  readonly words: tf.Tensor1D
}

/** How captions are shown to the model: with noise for dropout, and as a tree where words do not simply follow another. */
export interface PassOptions {
  readonly noise?: Noise | undefined
  readonly tree?: Tree | undefined
}

/**
 * The logits of the word after each of the words given. Images are encoded once for all their captions; captions that
 * each come with their own copy of the features, as in the reference, are images of one caption.
 *
 * @param features (b, r, featureWidth), padded with rows of zeros
 * @param words (b, c, t) int32, from `<bos>` on, padded with `<pad>`
 * @returns (n, v)
 */
export function logits(
  { config, parameters }: Model,
  features: tf.Tensor3D,
  words: tf.Tensor3D,
  { noise, tree }: PassOptions = {},
): tf.Tensor2D {
  const { encoder, decoder } = recordsOf(config, parameters)
  const dropped = (rows: tf.Tensor1D | undefined) => rows && { rate: config.dropout, noise: rows }
  const encoded = encode(encoder, config, features, dropped(noise?.regions))
  return decode(decoder, config, encoded, { words, dropped: dropped(noise?.words), tree })
}

/** The log-probabilities of every next word: as {@link logits}, normalised. (n, v) */
export const logProbs = (
  model: Model,
  features: tf.Tensor3D,
  words: tf.Tensor3D,
  options: PassOptions = {},
): tf.Tensor2D => logSoftmax(logits(model, features, words, options))

/** Captions whose words are to be given a probability. */
export interface Captions extends PassOptions {
  /** (b, c, t) int32, what the decoder is shown */
  readonly words: tf.Tensor3D
  /** (b, c, t) int32, what should follow each */
  readonly labels: tf.Tensor3D
  /** Label smoothing; default: 0. */
  readonly smoothing?: number
}

/**
 * The log-probabilities that the model gives to captions, word by word.
 *
 * @param features (b, r, featureWidth)
 * @returns (b, c, t)
 */
export function captionLogProbs(
  model: Model,
  features: tf.Tensor3D,
  { words, labels, smoothing = 0, ...options }: Captions,
): tf.Tensor3D {
  const rows = logits(model, features, words, options) // (n, v)
  const wanted = tf.reshape(labels, [rows.shape[0]]) as tf.Tensor1D // (n)
  return tf.reshape(labelLogProb(rows, wanted, smoothing), words.shape) as tf.Tensor3D // of the rank of words
}
