/** Adam as part of a compiled step: its moments, bias corrections and update. */
import * as tf from '../../engine/tfjs.js'
import { adam } from '../../model/ops.js'
import type { Tensors } from '../../engine/engine.js'
import { float32Spec, scalar, zeros, type HostTensor, type HostTensors } from '../../tensor.js'
import { adamConstants } from './adam-in-place.js'

/** Names of the moments of a parameter, among the tensors that training keeps. */
export const moments = (parameter: string) => ({ m: `adam.m.${parameter}`, v: `adam.v.${parameter}` })

/** The moments before the first step: zeros for every parameter. */
export function initialMoments(parameters: HostTensors, names: Iterable<string>): HostTensors {
  const entries: [string, HostTensor][] = []
  for (const name of names)
    for (const moment of Object.values(moments(name))) {
      const { shape } = parameters[name]!
      entries.push([moment, zeros(float32Spec(...shape))])
    }
  return Object.fromEntries(entries)
}

/**
 * Adam's bias corrections, which depend on the number of the step.
 *
 * @param step updates made, this one included
 */
export function adamFactors(
  step: number,
  learningRate: number,
): { stepSize: number; rootCorrection: number } {
  const { beta1, beta2 } = adamConstants
  return { stepSize: learningRate / (1 - beta1 ** step), rootCorrection: Math.sqrt(1 - beta2 ** step) }
}

/** The same as inputs of a compiled step. */
export function adamInputs(
  step: number,
  learningRate: number,
): { stepSize: HostTensor; rootCorrection: HostTensor } {
  const { stepSize, rootCorrection } = adamFactors(step, learningRate)
  return { stepSize: scalar(stepSize), rootCorrection: scalar(rootCorrection) }
}

/**
 * One step of Adam for all parameters that have a gradient.
 *
 * @param state parameters and their moments
 * @returns the same, updated
 */
export function adamStep(
  state: Tensors,
  gradients: Tensors,
  stepSize: tf.Scalar,
  rootCorrection: tf.Scalar,
): Record<string, tf.Tensor> {
  const updated: Record<string, tf.Tensor> = {}
  for (const [name, gradient] of Object.entries(gradients)) {
    const { m, v } = moments(name)
    const before = { parameter: state[name]!, m: state[m]!, v: state[v]! }
    const after = adam(before, gradient, { stepSize, rootCorrection }, adamConstants)
    updated[name] = after.parameter
    updated[m] = after.m
    updated[v] = after.v
  }
  return updated
}
