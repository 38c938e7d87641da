/**
 * Training by cross-entropy: captions of the training set, word by word.
 *
 * Shapes: b images, r regions, c captions of an image, t words of a caption, with `<bos>` and `<eos>`.
 */
import * as tf from '../../engine/tfjs.js'
import { notPadding } from '../../model/decoder.js'
import { captionLogProbs, type Model, type Noise } from '../../model/transformer.js'

/** What every loss may be told. */
export interface LossOptions {
  readonly noise?: Noise | undefined
  readonly count?: tf.Scalar | undefined
}

/**
 * The cross-entropy loss: -log p of each word after `<bos>`, `<eos>` included and padding not, mean over words.
 *
 * @param features (b, r, featureWidth)
 * @param captions (b, c, t) int32, padded with `<pad>`; a caption of padding alone counts for nothing
 * @param smoothing label smoothing; the reference has none
 * @param count of words to divide by instead, where these captions are part of a larger batch; a scalar
 * @returns a scalar
 */
export function crossEntropy(
  model: Model,
  features: tf.Tensor3D,
  captions: tf.Tensor3D,
  { noise, smoothing = 0, count: words }: LossOptions & { smoothing?: number } = {},
): tf.Scalar {
  const [images, count, length] = captions.shape
  const shown = tf.slice(captions, [0, 0, 0], [images, count, length - 1]) // (b, c, t - 1)
  const labels = tf.slice(captions, [0, 0, 1], [images, count, length - 1]) // (b, c, t - 1)
  const logProbs = captionLogProbs(model, features, { words: shown, labels, noise, smoothing }) // (b, c, t - 1)
  const real = notPadding(labels) // (b, c, t - 1)
  return tf.neg(tf.div(tf.sum(tf.mul(logProbs, real)), words ?? tf.sum(real)))
}
