/**
 * Training by cross-entropy: captions of the training set, word by word.
 *
 * Shapes: b images, r regions, c captions of an image, t words of a caption, with `<bos>` and `<eos>`.
 */
import * as tf from '../engine/tfjs.js'
import { notPadding } from '../model/decoder.js'
import { captionLogProbs, type Model, type Noise } from '../model/transformer.js'

/**
 * The cross-entropy loss: -log p of each word after `<bos>`, `<eos>` included and padding not, mean over words.
 *
 * @param features (b, r, featureWidth)
 * @param captions (b, c, t) int32, padded with `<pad>`; a caption of padding alone counts for nothing
 * @param smoothing label smoothing; the reference has none
 * @returns a scalar
 */
export function crossEntropy(
  model: Model,
  features: tf.Tensor3D,
  captions: tf.Tensor3D,
  { noise, smoothing = 0 }: { noise?: Noise | undefined; smoothing?: number } = {},
): tf.Scalar {
  const [images, count, length] = captions.shape
  const words = tf.slice(captions, [0, 0, 0], [images, count, length - 1]) // (b, c, t - 1)
  const labels = tf.slice(captions, [0, 0, 1], [images, count, length - 1]) // (b, c, t - 1)
  const logProbs = captionLogProbs(model, features, words, labels, { noise, smoothing }) // (b, c, t - 1)
  const real = notPadding(labels) // (b, c, t - 1)
  return tf.neg(tf.div(tf.sum(tf.mul(logProbs, real)), tf.sum(real)))
}
