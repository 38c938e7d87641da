/**
 * Integrated gradients (Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017): how much each
 * region adds to the log-probability of a word, over regions whose features are all zero.
 *
 * Shapes: b points, t words, r regions.
 */
import * as tf from '../engine/tfjs.js'
import { captionLogProbs, type Model } from '../model/transformer.js'

/** A point of the path from the baseline to the image, and the word that is explained there. */
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
 * line, in steps that are small at first, scale = (e^6u - 1) / (e^6 - 1): because of the layer normalisation behind the
 * features, most of the change lies near the baseline. Fifty even steps leave ten times the error.
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
 * The baseline's end of the path: features so small that they act as zero, yet still count as regions. Features of exactly
 * zero would be padding to a model whose mask hides padding, and so another, empty image.
 */
export const baselineScale = 1e-20

/** A caption, and points of the paths of its words. */
export interface PointInputs {
  /** (1, r, featureWidth) */
  readonly features: tf.Tensor3D
  /** (1, 1, t) int32, what the decoder is shown */
  readonly words: tf.Tensor3D
  /** (1, 1, t) int32, the caption */
  readonly labels: tf.Tensor3D
  /** (b) */
  readonly scales: tf.Tensor1D
  /** (b, t), 1 at the word of the point and 0 elsewhere */
  readonly chosen: tf.Tensor2D
}

/**
 * The log-probabilities at points, and what each region adds there: the gradient by the features times the features,
 * summed over the features of a region.
 *
 * @returns logProbs (b) and regions (b, r)
 */
export function pointGradients(
  model: Model,
  { features, words, labels, scales, chosen }: PointInputs,
): { logProbs: tf.Tensor1D; regions: tf.Tensor2D } {
  const points = scales.shape[0]
  const ofWord = (at: tf.Tensor): tf.Tensor1D => {
    const all = captionLogProbs(model, at as tf.Tensor3D, {
      words: tf.tile(words, [points, 1, 1]),
      labels: tf.tile(labels, [points, 1, 1]),
    }) // (b, 1, t), of features of the shape of `here`
    return tf.sum(tf.mul(tf.reshape(all, chosen.shape), chosen), 1) // (b)
  }
  const here = tf.mul(features, tf.reshape(scales, [points, 1, 1])) // (b, r, featureWidth)
  const { value, grad } = tf.valueAndGrad(ofWord)(here, tf.ones([points])) // (b), (b, r, featureWidth)
  return { logProbs: value as tf.Tensor1D, regions: tf.sum(tf.mul(grad, features), 2) } // as ofWord returns it
}
