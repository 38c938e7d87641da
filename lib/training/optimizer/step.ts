/** Training steps as an engine compiles them: gradients of a loss, clipping, and Adam. */
import * as tf from '../../engine/tfjs.js'
import type { ModelConfig } from '../../model/config.js'
import { frozen, parameterShapes } from '../../model/parameters.js'
import type { Tensors } from '../../engine/engine.js'
import { adamStep } from './adam.js'
import type { Loss } from './optimizer.js'

/** A function of named tensors, as an engine compiles them. */
export type Step = (
  inputs: Tensors,
  state: Tensors,
) => { outputs: Record<string, tf.Tensor>; state?: Tensors }

/** The parameters that training changes, in the order of the model. */
export const trainedNames = (config: ModelConfig): string[] =>
  Object.keys(parameterShapes(config)).filter((name) => !frozen.has(name))

/** How a step applies its gradients. */
export interface ApplyOptions {
  /** The largest norm of all gradients together; longer ones are scaled down to it (Pascanu et al., 2013). */
  readonly clip?: number | undefined
}

/**
 * A whole training step: the gradient of a loss, applied by Adam. Inputs: the loss's, stepSize and rootCorrection (see
 * adam.ts). State: parameters and moments. Outputs: loss, and gradientNorm before clipping.
 */
export function trainStep(config: ModelConfig, loss: Loss, options: ApplyOptions = {}): Step {
  return (inputs, state) => {
    const { value, gradients } = lossAndGradients(config, loss, inputs, state)
    const { gradientNorm, updated } = apply(gradients, inputs, state, options)
    return { outputs: { loss: value, gradientNorm }, state: updated }
  }
}

/** The name of a parameter's gradient, among the tensors that training keeps between micro-batches. */
export const gradientName = (parameter: string) => `gradient.${parameter}`

/**
 * The first half of a step: the gradients of one micro-batch, to be applied later. Inputs: the loss's. State: parameters
 * and gradients. Outputs: loss, the micro-batch's share of it.
 *
 * @param accumulate adds to the gradients of the micro-batches before; otherwise replaces them
 */
export function gradientStep(config: ModelConfig, loss: Loss, { accumulate = false } = {}): Step {
  return (inputs, state) => {
    const { value, gradients } = lossAndGradients(config, loss, inputs, state)
    const sums = Object.entries(gradients).map(([name, gradient]) => {
      const sum = gradientName(name)
      return [sum, accumulate ? tf.add(state[sum]!, gradient) : gradient] as const
    })
    return { outputs: { loss: value }, state: Object.fromEntries(sums) }
  }
}

/**
 * The second half of a step: applies the gradients by Adam, and where they accumulate resets them to zero. Inputs:
 * stepSize and rootCorrection. State: parameters, moments and gradients. Outputs: gradientNorm, before clipping.
 */
export function updateStep(
  config: ModelConfig,
  { accumulate = false, ...options }: ApplyOptions & { accumulate?: boolean } = {},
): Step {
  return (inputs, state) => {
    const names = trainedNames(config)
    const gradients = Object.fromEntries(names.map((name) => [name, state[gradientName(name)]!]))
    const { gradientNorm, updated } = apply(gradients, inputs, state, options)
    const zeros = names.map((name) => [gradientName(name), tf.zeros(gradients[name]!.shape)] as const)
    return { outputs: { gradientNorm }, state: { ...updated, ...(accumulate && Object.fromEntries(zeros)) } }
  }
}

/** Clips gradients, and applies them by Adam. */
function apply(gradients: Tensors, inputs: Tensors, state: Tensors, { clip = Infinity }: ApplyOptions) {
  const { stepSize, rootCorrection } = inputs as { stepSize: tf.Scalar; rootCorrection: tf.Scalar } // as compiled for
  const gradientNorm = normOf(gradients)
  const applied = clip === Infinity ? gradients : clipped(gradients, gradientNorm, clip)
  return { gradientNorm, updated: adamStep(state, applied, stepSize, rootCorrection) }
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
