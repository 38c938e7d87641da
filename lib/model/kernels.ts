/**
 * The kernels of ops.ts in plain tfjs: the backends `cpu` and `tensorflow` run them as they are, and other engines' kernels
 * must compute the same.
 *
 * Shapes: n rows, d width, v vocabulary.
 */
import * as tf from '../engine/tfjs.js'

type Kernel = (inputs: Record<string, tf.Tensor>, attributes: Record<string, number>) => tf.Tensor[]

export const kernels: Readonly<Record<string, Kernel>> = {
  /** x (..., d), gain (d), bias (d) -> y (..., d), mean (..., 1), 1 / sqrt(variance + epsilon) (..., 1) */
  LayerNorm({ x, gain, bias }, { epsilon }) {
    const { mean, variance } = tf.moments(x!, -1, true) // (..., 1)
    const inverseDeviation = tf.rsqrt(tf.add(variance, epsilon!)) // (..., 1)
    const normalized = tf.mul(tf.sub(x!, mean), inverseDeviation) // (..., d)
    return [tf.add(tf.mul(normalized, gain!), bias!), mean, inverseDeviation]
  },

  /** dy (..., d), and what LayerNorm had and made -> dx (..., d), dgain (d), dbias (d) */
  LayerNormGrad({ dy, x, gain, mean, inverseDeviation }) {
    const rows = x!.shape.slice(0, -1).map((_, axis) => axis)
    const normalized = tf.mul(tf.sub(x!, mean!), inverseDeviation!) // (..., d)
    const dnormalized = tf.mul(dy!, gain!) // (..., d)
    const centre = tf.mean(dnormalized, -1, true) // (..., 1)
    const slope = tf.mean(tf.mul(dnormalized, normalized), -1, true) // (..., 1)
    const dx = tf.mul(tf.sub(tf.sub(dnormalized, centre), tf.mul(normalized, slope)), inverseDeviation!)
    return [dx, tf.sum(tf.mul(dy!, normalized), rows), tf.sum(dy!, rows)]
  },

  /** x (n, d), noise (n) int32, columns (d) int32 -> y (n, d), kept (n, d) bool. noise.ts says which are dropped. */
  MaskedDropout({ x, noise, columns }, { rate, threshold }) {
    const product = tf.mul(tf.expandDims(noise!, 1), columns!) // (n, d) int32, wrapped around
    const kept = tf.greaterEqual(product, tf.scalar(threshold!, 'int32')) // (n, d)
    return [keep(x!, kept, rate!), kept]
  },

  /** dy (n, d), kept (n, d) bool -> dx (n, d) */
  MaskedDropoutGrad: ({ dy, kept }, { rate }) => [keep(dy!, kept!, rate!)],

  /** logits (n, v) -> (n, v) */
  LogSoftmax: ({ logits }, { axis }) => [tf.logSoftmax(logits!, axis)],

  /**
   * logits (n, v), labels (n) int32 -> (1 - smoothing) * logits[label] + smoothing * mean(logits) - logSum (n),
   * and logSum (n, 1), the logarithm of the sum of the logits' exponentials.
   */
  LabelLogProb({ logits, labels }, { smoothing }) {
    const logSum = tf.logSumExp(logits!, -1, true) // (n, 1)
    const wanted = tf.sum(tf.mul(logits!, target(logits!, labels!, smoothing!)), -1, true) // (n, 1)
    return [tf.squeeze(tf.sub(wanted, logSum), [1]), logSum]
  },

  /** dy (n), and what LabelLogProb had and made -> dlogits (n, v) */
  LabelLogProbGrad({ dy, logits, labels, logSum }, { smoothing }) {
    const probability = tf.exp(tf.sub(logits!, logSum!)) // (n, v)
    return [tf.mul(tf.sub(target(logits!, labels!, smoothing!), probability), tf.expandDims(dy!, 1))]
  },

  /** parameter, m, v, gradient (all of one shape), stepSize (), rootCorrection () -> parameter, m, v */
  Adam({ parameter, m, v, gradient, stepSize, rootCorrection }, { beta1, beta2, epsilon }) {
    const m1 = tf.add(tf.mul(m!, beta1!), tf.mul(gradient!, 1 - beta1!))
    const v1 = tf.add(tf.mul(v!, beta2!), tf.mul(tf.square(gradient!), 1 - beta2!))
    const deviation = tf.add(tf.div(tf.sqrt(v1), rootCorrection!), epsilon!)
    return [tf.sub(parameter!, tf.mul(tf.div(m1, deviation), stepSize!)), m1, v1]
  },
}

for (const backendName of ['cpu', 'tensorflow'])
  for (const [kernelName, kernel] of Object.entries(kernels))
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() => kernel(inputs as Record<string, tf.Tensor>, attrs as Record<string, number>)), // as ops.ts calls it
    })

const keep = (x: tf.Tensor, kept: tf.Tensor, rate: number) =>
  tf.where(kept, tf.mul(x, 1 / (1 - rate)), tf.zerosLike(x))

/** The distribution that the labels stand for, with smoothing: (n, v). */
const target = (logits: tf.Tensor, labels: tf.Tensor, smoothing: number) => {
  const words = logits.shape[1]!
  return tf.oneHot(labels, words, 1 - smoothing + smoothing / words, smoothing / words)
}
