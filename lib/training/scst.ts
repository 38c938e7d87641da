/**
 * Self-critical sequence training (Cornia et al., CVPR 2020, section 3.3, after Rennie et al., CVPR 2017): captions
 * sampled from the model by beam search, each weighed by how much better than the mean of the beams it is.
 *
 * Shapes: b images, r regions, k beams of an image, t words of a caption.
 */
import * as tf from '../engine/tfjs.js'
import { special } from '../model/config.js'
import { captionLogProbs, type Model } from '../model/transformer.js'
import type { LossOptions } from './xe.js'

/**
 * The self-critical loss, whose gradient is -1/k sum over beams w of (r(w) - b) grad log p(w), mean over images. As
 * in the reference, log p(w) is the mean over all t positions, where those after `<eos>` count as zeros.
 *
 * @param features (b, r, featureWidth)
 * @param captions (b, k, t) int32, without `<bos>`; what follows the first `<eos>` is not looked at
 * @param rewards (b, k)
 * @param baseline (b, 1), the reference's being the mean of the beams' rewards
 * @param count to divide by instead of b * k * t, where these captions are part of a larger batch or of fewer positions
 *   than the search had; a scalar
 * @returns a scalar
 */
export function selfCritical(
  model: Model,
  features: tf.Tensor3D,
  captions: tf.Tensor3D,
  rewards: tf.Tensor2D,
  baseline: tf.Tensor2D,
  { noise, count }: LossOptions = {},
): tf.Scalar {
  const [images, beams, length] = captions.shape
  const shown = tf.slice(captions, [0, 0, 0], [images, beams, length - 1]) // (b, k, t - 1)
  const words = tf.pad3d(
    shown,
    [
      [0, 0],
      [0, 0],
      [1, 0],
    ],
    special.bos,
  ) // (b, k, t)
  const logProbs = captionLogProbs(model, features, words, captions, { noise }) // (b, k, t)
  const sums = tf.sum(tf.mul(logProbs, unfinished(captions)), 2) // (b, k)
  const weighted = tf.sum(tf.mul(sums, tf.sub(rewards, baseline)))
  return tf.neg(tf.div(weighted, count ?? images * beams * length))
}

/** 1 up to and with the first `<eos>`, 0 after it. (b, k, t) int32 -> (b, k, t) */
function unfinished(captions: tf.Tensor3D): tf.Tensor {
  const length = captions.shape[2]
  const ends = tf.cast(tf.equal(captions, tf.scalar(special.eos, 'int32')), 'float32') // (b, k, t)
  const earlier = tf.tensor2d(
    Array.from({ length }, (_, end) => Array.from({ length }, (_, position) => (end < position ? 1 : 0))),
  ) // (t, t)
  const before = tf.matMul(tf.reshape(ends, [-1, length]), earlier) // (b * k, t): ends before each position
  return tf.reshape(tf.cast(tf.equal(before, 0), 'float32'), captions.shape)
}
