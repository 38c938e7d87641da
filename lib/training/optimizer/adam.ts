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
 * What a step needs to be told about its number: Adam's bias corrections.
 *
 * @param step how many updates this one makes, counted from 1
 */
export function adamFactors(step: number, rate: number): { stepSize: number; rootCorrection: number } {
  const { beta1, beta2 } = adamConstants
  return { stepSize: rate / (1 - beta1 ** step), rootCorrection: Math.sqrt(1 - beta2 ** step) }
}

/** The same as a compiled step takes them. */
export function adamInputs(step: number, rate: number): { stepSize: HostTensor; rootCorrection: HostTensor } {
  const { stepSize, rootCorrection } = adamFactors(step, rate)
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
