/**
 * Self-critical sequence training (Cornia et al., CVPR 2020, section 3.3, after Rennie et al., CVPR 2017): captions
 * sampled from the model by beam search, each weighed by how much better than the mean of the beams it is.
 *
 * Shapes: b images, r regions, t nodes of the tree of an image's samples (see prefix-tree.ts).
 */
import * as tf from '../../engine/tfjs.js'
import type { Tree } from '../../model/decoder.js'
import { captionLogProbs, type Model } from '../../model/transformer.js'
import type { LossOptions } from './cross-entropy.js'

/** Samples to learn from. */
export interface Samples extends Tree {
  /** (b, 1, t) int32: the word before each node's, `<bos>` before the first */
  readonly words: tf.Tensor3D
  /** (b, 1, t) int32: each node's word */
  readonly labels: tf.Tensor3D
  /** (b, 1, t): r(w) - b, summed over the samples w that the node is a word of; 0 for padding */
  readonly weights: tf.Tensor3D
}

/**
 * The self-critical loss, whose gradient is -1/k sum over beams w of (r(w) - b) grad log p(w), mean over images. As
 * in the reference, log p(w) is the mean over all positions that the search had, where those after `<eos>` count as zeros.
 *
 * @param features (b, r, featureWidth)
 * @param count to divide by: images * beams * positions, of the whole batch; a scalar
 * @returns a scalar
 */
export function selfCritical(
  model: Model,
  features: tf.Tensor3D,
  { words, labels, weights, ...tree }: Samples,
  count: tf.Scalar,
  { noise }: Pick<LossOptions, 'noise'> = {},
): tf.Scalar {
  const logProbs = captionLogProbs(model, features, { words, labels, noise, tree }) // (b, 1, t)
  return tf.neg(tf.div(tf.sum(tf.mul(logProbs, weights)), count))
}
