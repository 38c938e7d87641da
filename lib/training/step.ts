import * as tf from '../engine/tfjs.js'
import type { ModelConfig } from '../model/config.js'
import { frozen, parameterShapes } from '../model/parameters.js'
import type { Tensors } from '../model/scope.js'
import type { Noise } from '../model/transformer.js'
import { adamStep } from './adam.js'
import { selfCritical } from './scst.js'
import { crossEntropy } from './xe.js'

/** A function of named tensors, as an engine compiles them. */
export type Step = (
  inputs: Tensors,
  state: Tensors,
) => { outputs: Record<string, tf.Tensor>; state?: Tensors }

/** The parameters that training changes, in the order of the model. */
export const trainedNames = (config: ModelConfig): string[] =>
  Object.keys(parameterShapes(config)).filter((name) => !frozen.has(name))

/**
 * A step of training by cross-entropy. Inputs: features (b, r, featureWidth), captions (b, c, t) int32, stepSize and
 * rootCorrection (see adam.ts), and where the model has dropout regionNoise (b * r) and wordNoise
 * (b * c * (t - 1)), int32. State: parameters and moments. Outputs: loss.
 */
export function crossEntropyStep(config: ModelConfig, { smoothing = 0 } = {}): Step {
  return trainStep(config, crossEntropyLoss(config, { smoothing }))
}

/**
 * A step of self-critical training. Inputs: as of cross-entropy, with captions (b, k, t) sampled, rewards (b, k),
 * baseline (b, 1), and wordNoise (b * k * t).
 */
export function selfCriticalStep(config: ModelConfig): Step {
  return trainStep(config, selfCriticalLoss(config))
}

/** A loss of named inputs and parameters. */
export type Loss = (inputs: Tensors, parameters: Tensors) => tf.Scalar

// The engine hands over tensors of the shapes that were compiled for.
export function crossEntropyLoss(config: ModelConfig, { smoothing = 0 } = {}): Loss {
  return (inputs, parameters) => {
    const { features, captions } = inputs as { features: tf.Tensor3D; captions: tf.Tensor3D }
    return crossEntropy({ config, parameters }, features, captions, { noise: noiseOf(inputs), smoothing })
  }
}

export function selfCriticalLoss(config: ModelConfig): Loss {
  return (inputs, parameters) => {
    const { features, captions } = inputs as { features: tf.Tensor3D; captions: tf.Tensor3D }
    const { rewards, baseline } = inputs as { rewards: tf.Tensor2D; baseline: tf.Tensor2D }
    const noise = noiseOf(inputs)
    return selfCritical({ config, parameters }, features, captions, rewards, baseline, { noise })
  }
}

/** A step that follows the gradient of a loss by Adam. */
function trainStep(config: ModelConfig, loss: Loss): Step {
  return (inputs, state) => {
    const { value, gradients } = lossAndGradients(config, loss, inputs, state)
    const { stepSize, rootCorrection } = inputs as { stepSize: tf.Scalar; rootCorrection: tf.Scalar }
    return { outputs: { loss: value }, state: adamStep(state, gradients, stepSize, rootCorrection) }
  }
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
    value: value as tf.Scalar,
    gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])),
  }
}

function noiseOf({ regionNoise, wordNoise }: Tensors): Noise | undefined {
  if (!regionNoise || !wordNoise) return undefined
  return { regions: regionNoise as tf.Tensor1D, words: wordNoise as tf.Tensor1D }
}
