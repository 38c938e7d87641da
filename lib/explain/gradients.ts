/**
 * Integrated gradients (Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017): how much each
 * region adds to the log-probability of a word, over regions whose features are all zero.
 *
 * Shapes: b points, t words, r regions.
 */
import * as tf from '../engine/tfjs.js'
import { captionLogProbs, type Model } from '../model/transformer.js'

/** A point of the path from the baseline to the image, and the word that is looked at there. */
export interface Point {
  /** Position of the word in the caption. */
  readonly word: number
  /** How far along the path, from 0 at the baseline to 1 at the image. */
  readonly scale: number
  /** The point's part of the integral. */
  readonly weight: number
}

/**
 * Points of the integral of equation 3 for one word, midpoints of `steps` intervals. The path is the paper's, the straight
 * line, but walked slowly at first, scale = (e^6u - 1) / (e^6 - 1): the layer normalisation behind the features makes
 * most of what happens happen near the baseline. Fifty even steps leave ten times the error.
 */
export function pathPoints(word: number, steps: number): Point[] {
  return Array.from({ length: steps }, (_, i) => {
    const u = (i + 0.5) / steps
    const scale = Math.expm1(slowness * u) / Math.expm1(slowness)
    const weight = (slowness * Math.exp(slowness * u)) / Math.expm1(slowness) / steps
    return { word, scale, weight }
  })
}

const slowness = 6

/**
 * What is at the baseline's end of the path: a point whose features are as good as zero but still count as regions. With
 * features of exactly zero, a model whose mask hides padding would see other, empty images.
 */
export const baselineScale = 1e-20

/**
 * The log-probabilities at points, and what each region adds there: the gradient by the features times the features,
 * summed over the features of a region.
 *
 * @param features (1, r, featureWidth)
 * @param words (1, 1, t) int32, what the decoder is shown
 * @param labels (1, 1, t) int32, the caption
 * @param scales (b)
 * @param chosen (b, t), 1 at the word of the point and 0 elsewhere
 * @returns logProbs (b) and regions (b, r)
 */
export function pointGradients(
  model: Model,
  features: tf.Tensor3D,
  words: tf.Tensor3D,
  labels: tf.Tensor3D,
  scales: tf.Tensor1D,
  chosen: tf.Tensor2D,
): { logProbs: tf.Tensor1D; regions: tf.Tensor2D } {
  const points = scales.shape[0]
  const ofWord = (at: tf.Tensor): tf.Tensor1D => {
    const all = captionLogProbs(
      model,
      at as tf.Tensor3D, // of the shape of `here`
      tf.tile(words, [points, 1, 1]),
      tf.tile(labels, [points, 1, 1]),
    ) // (b, 1, t)
    return tf.sum(tf.mul(tf.reshape(all, chosen.shape), chosen), 1) // (b)
  }
  const here = tf.mul(features, tf.reshape(scales, [points, 1, 1])) // (b, r, featureWidth)
  const { value, grad } = tf.valueAndGrad(ofWord)(here, tf.ones([points])) // (b), (b, r, featureWidth)
  return { logProbs: value as tf.Tensor1D, regions: tf.sum(tf.mul(grad, features), 2) } // as ofWord returns it
}
