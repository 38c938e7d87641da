import * as tf from '../../engine/tfjs.js'
import type { ModelConfig } from '../../model/config.js'
import { frozen, parameterShapes } from '../../model/parameters.js'
import type { Tensors } from '../../engine/engine.js'
import type { Noise } from '../../model/transformer.js'
import { adamStep } from './adam.js'
import { selfCritical } from '../objectives/self-critical-loss.js'
import { crossEntropy, type LossOptions } from '../objectives/cross-entropy.js'

/** A function of named tensors, as an engine compiles them. */
export type Step = (
  inputs: Tensors,
  state: Tensors,
) => { outputs: Record<string, tf.Tensor>; state?: Tensors }

/** The parameters that training changes, in the order of the model. */
export const trainedNames = (config: ModelConfig): string[] =>
  Object.keys(parameterShapes(config)).filter((name) => !frozen.has(name))

/** A loss of named inputs and parameters. */
export type Loss = (inputs: Tensors, parameters: Tensors) => tf.Scalar

/**
 * The loss of cross-entropy. Inputs: features (b, r, featureWidth), captions (b, c, t) int32; where the model has
 * dropout regionNoise (b * r) and wordNoise (b * c * (t - 1)), int32; and for a part of a batch the count of words in
 * the whole of it, a scalar.
 */
export function crossEntropyLoss(config: ModelConfig, { smoothing = 0 } = {}): Loss {
  return (inputs, parameters) => {
    // The engine hands over tensors of the shapes that were compiled for.
    const { features, captions } = inputs as { features: tf.Tensor3D; captions: tf.Tensor3D } // as compiled for
    return crossEntropy({ config, parameters }, features, captions, { ...optionsOf(inputs), smoothing })
  }
}

/**
 * The self-critical loss. Inputs: features (b, r, featureWidth); the samples' words, labels and weights (b, 1, t),
 * positions (b * t) and seen (b, 1, t, t); where the model has dropout regionNoise (b * r) and wordNoise (b * t), int32;
 * and the count, a scalar.
 */
export function selfCriticalLoss(config: ModelConfig): Loss {
  return (inputs, parameters) => {
    const { features, count } = inputs as { features: tf.Tensor3D; count: tf.Scalar } // as compiled for
    const { words, labels, weights } = inputs as Record<'words' | 'labels' | 'weights', tf.Tensor3D> // likewise
    const { positions, seen } = inputs as { positions: tf.Tensor1D; seen: tf.Tensor4D } // likewise
    const samples = { words, labels, weights, positions, seen }
    return selfCritical({ config, parameters }, features, samples, count, optionsOf(inputs))
  }
}

/** How a step follows its gradients. */
export interface UpdateOptions {
  /** The largest norm of all gradients together; longer ones are scaled down to it (Pascanu et al., 2013). */
  readonly clip?: number | undefined
}

/**
 * A step that follows the gradient of a loss by Adam. Inputs: the loss's, stepSize and rootCorrection (see adam.ts).
 * State: parameters and moments. Outputs: loss, and gradientNorm before clipping.
 */
export function trainStep(config: ModelConfig, loss: Loss, options: UpdateOptions = {}): Step {
  return (inputs, state) => {
    const { value, gradients } = lossAndGradients(config, loss, inputs, state)
    const { gradientNorm, updated } = follow(gradients, inputs, state, options)
    return { outputs: { loss: value, gradientNorm }, state: updated }
  }
}

/** The name of a parameter's gradient, among the tensors that training keeps between the parts of a batch. */
export const gradientName = (parameter: string) => `gradient.${parameter}`

/**
 * Part of a step: the gradients of a part of the batch, to be followed later. Inputs: the loss's. State: parameters and
 * gradients. Outputs: loss, the part's share of it.
 *
 * @param several adds to the gradients of the parts before, where there are several; else they take their place
 */
export function gradientStep(config: ModelConfig, loss: Loss, { several = false } = {}): Step {
  return (inputs, state) => {
    const { value, gradients } = lossAndGradients(config, loss, inputs, state)
    const sums = Object.entries(gradients).map(([name, gradient]) => {
      const sum = gradientName(name)
      return [sum, several ? tf.add(state[sum]!, gradient) : gradient] as const
    })
    return { outputs: { loss: value }, state: Object.fromEntries(sums) }
  }
}

/**
 * The end of a step in parts: follows the gradients by Adam, and where several parts add theirs up makes them zero again.
 * Inputs: stepSize and rootCorrection. State: parameters, moments and gradients. Outputs: gradientNorm, before clipping.
 */
export function updateStep(
  config: ModelConfig,
  { several = false, ...options }: UpdateOptions & { several?: boolean } = {},
): Step {
  return (inputs, state) => {
    const names = trainedNames(config)
    const gradients = Object.fromEntries(names.map((name) => [name, state[gradientName(name)]!]))
    const { gradientNorm, updated } = follow(gradients, inputs, state, options)
    const zeros = names.map((name) => [gradientName(name), tf.zeros(gradients[name]!.shape)] as const)
    return { outputs: { gradientNorm }, state: { ...updated, ...(several && Object.fromEntries(zeros)) } }
  }
}

/** Clips gradients, and follows them by Adam. */
function follow(gradients: Tensors, inputs: Tensors, state: Tensors, { clip = Infinity }: UpdateOptions) {
  const { stepSize, rootCorrection } = inputs as { stepSize: tf.Scalar; rootCorrection: tf.Scalar } // as compiled for
  const gradientNorm = normOf(gradients)
  const followed = clip === Infinity ? gradients : clipped(gradients, gradientNorm, clip)
  return { gradientNorm, updated: adamStep(state, followed, stepSize, rootCorrection) }
}

function clipped(gradients: Tensors, norm: tf.Scalar, clip: number): Tensors {
  const scale = tf.minimum(tf.div(clip, tf.add(norm, 1e-6)), 1) // scalar
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, scale)] as const),
  )
}

/** The Euclidean norm of all gradients together. */
function normOf(gradients: Tensors): tf.Scalar {
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)) as tf.Scalar) // of all axes
  return tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square)))
}

/** A loss and its gradients for the parameters that training changes. */
export function lossAndGradients(
  config: ModelConfig,
  loss: Loss,
  inputs: Tensors,
  parameters: Tensors,
): { value: tf.Scalar; gradients: Record<string, tf.Tensor> } {
  const names = trainedNames(config)
  const differentiate = tf.valueAndGrads((...trained: tf.Tensor[]) =>
    loss(inputs, { ...parameters, ...Object.fromEntries(names.map((name, i) => [name, trained[i]!])) }),
  )
  const { value, grads } = differentiate(names.map((name) => parameters[name]!))
  return {
    value: value as tf.Scalar, // as a Loss returns it
    gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])),
  }
}

function optionsOf({ regionNoise, wordNoise, count }: Tensors): LossOptions {
  const noise: Noise | undefined = regionNoise &&
    wordNoise && { regions: regionNoise as tf.Tensor1D, words: wordNoise as tf.Tensor1D } // as compiled for
  return { noise, count: count as tf.Scalar | undefined } // likewise
}
