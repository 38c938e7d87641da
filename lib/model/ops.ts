/**
 * Five operations that an engine may compute as one kernel each: layer normalisation, dropout, log-probabilities, that of
 * a label, Adam's update. Their gradients are here; kernels.ts says what their kernels compute.
 *
 * Shapes: n rows, d width, v vocabulary.
 */
import * as tf from '../engine/tfjs.js'
import './kernels.js'
import { columnNoise, dropThreshold } from './noise.js'

/**
 * Layer normalisation over the last axis (Ba et al., 2016): gain * (x - mean) / sqrt(variance + epsilon) + bias.
 *
 * @param x (..., d)
 * @param gain (d)
 * @param bias (d)
 * @returns (..., d)
 */
export function layerNorm<T extends tf.Tensor>(x: T, gain: tf.Tensor, bias: tf.Tensor, epsilon = 1e-5): T {
  const [y] = run('LayerNorm', { x, gain, bias }, { epsilon })
  return y as T // of the shape of x
}

tf.registerGradient({
  kernelName: 'LayerNorm',
  inputsToSave: ['x', 'gain'],
  outputsToSave: [false, true, true],
  gradFunc: (dys, saved) => {
    const [dy] = dys as [tf.Tensor] // one for each output, and y's is the first
    const [x, gain, mean, inverseDeviation] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor] // x, gain, and the outputs marked above
    const [dx, dgain, dbias] = run('LayerNormGrad', { dy, x, gain, mean, inverseDeviation })
    return { x: () => dx!, gain: () => dgain!, bias: () => dbias! }
  },
})

/**
 * Dropout (Srivastava et al., 2014). The mask is a pure function of the row's noise, the key and the column
 * (noise.ts): the same noise gives the same mask again.
 *
 * @param x (n, d)
 * @param key of this dropout: those of a model have different keys, and so different masks
 * @param noise (n) int32, uniform over all its values; undefined where nothing is to be dropped
 * @returns (n, d): what is kept, times 1 / (1 - rate)
 */
export function dropout(x: tf.Tensor2D, rate: number, key: string, noise?: tf.Tensor1D): tf.Tensor2D {
  if (!noise || rate === 0) return x
  const columns = tf.tensor1d(columnNoise(key, x.shape[1]), 'int32') // (d)
  const [y] = run('MaskedDropout', { x, noise, columns }, { rate, threshold: dropThreshold(rate) })
  return y as tf.Tensor2D // of the shape of x
}

tf.registerGradient({
  kernelName: 'MaskedDropout',
  outputsToSave: [false, true],
  gradFunc: (dys, [kept], attrs) => {
    const [dy] = dys as [tf.Tensor] // as above
    const rate = attrs['rate'] as number // as dropout gave it
    return { x: () => run('MaskedDropoutGrad', { dy, kept: kept! }, { rate })[0]! }
  },
})

/**
 * The log-probabilities of all words, as one kernel where tfjs's own takes six. Its gradient is tfjs's.
 *
 * @param logits (n, v)
 * @returns (n, v)
 */
export function logSoftmax(logits: tf.Tensor2D): tf.Tensor2D {
  const [y] = run('LogSoftmax', { logits }, { axis: 1 })
  return y as tf.Tensor2D // of the shape of logits
}

/**
 * The log-probability that the softmax of a row of logits gives its label.
 *
 * @param logits (n, v)
 * @param labels (n) int32
 * @param smoothing label smoothing (Szegedy et al., 2016): the weight of the mean over the whole vocabulary
 * @returns (n): (1 - smoothing) * log p(label) + smoothing * the mean of log p
 */
export function labelLogProb(logits: tf.Tensor2D, labels: tf.Tensor1D, smoothing = 0): tf.Tensor1D {
  const [logProb] = run('LabelLogProb', { logits, labels }, { smoothing })
  return logProb as tf.Tensor1D // of the shape of labels
}

tf.registerGradient({
  kernelName: 'LabelLogProb',
  inputsToSave: ['logits', 'labels'],
  outputsToSave: [false, true],
  gradFunc: (dys, saved, attrs) => {
    const [dy] = dys as [tf.Tensor] // as above
    const [logits, labels, logSum] = saved as [tf.Tensor, tf.Tensor, tf.Tensor] // as marked above
    const smoothing = attrs['smoothing'] as number // as labelLogProb gave it
    return { logits: () => run('LabelLogProbGrad', { dy, logits, labels, logSum }, { smoothing })[0]! }
  },
})

/** A parameter and the running first and second moments of its gradient, all of one shape. */
export interface Moments {
  readonly parameter: tf.Tensor
  readonly m: tf.Tensor
  readonly v: tf.Tensor
}

/**
 * One update of Adam (Kingma and Ba, 2015): m' = beta1 m + (1 - beta1) g; v' = beta2 v + (1 - beta2) g^2;
 * parameter' = parameter - stepSize m' / (sqrt(v') / rootCorrection + epsilon).
 *
 * @param stepSize scalar: the learning rate / (1 - beta1^t)
 * @param rootCorrection scalar: sqrt(1 - beta2^t)
 */
export function adam(
  { parameter, m, v }: Moments,
  gradient: tf.Tensor,
  { stepSize, rootCorrection }: { readonly stepSize: tf.Scalar; readonly rootCorrection: tf.Scalar },
  { beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number },
): Moments {
  const inputs = { parameter, m, v, gradient, stepSize, rootCorrection }
  const updated = run('Adam', inputs, { beta1, beta2, epsilon })
  return { parameter: updated[0]!, m: updated[1]!, v: updated[2]! }
}

function run(
  kernel: string,
  inputs: tf.NamedTensorMap,
  attributes: Record<string, number> = {},
): tf.Tensor[] {
  const outputs = tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(kernel, inputs, attributes)
  return Array.isArray(outputs) ? outputs : [outputs]
}
