/** What the recorders of tfjs kernels have in common. */
import type { Graph, Value } from '../graph.js'

/** Records what a tfjs kernel computes. Inputs carry tfjs's names; lists are numbered from 0. */
export type Kernel<Attributes = never> = (
  graph: Graph,
  inputs: Readonly<Record<string, Value>>,
  attributes: Attributes,
) => Value | readonly Value[]

export type Kernels = Readonly<Record<string, Kernel>>

/** An input that tfjs always gives to the kernel. */
export function operand(inputs: Readonly<Record<string, Value>>, name: string): Value {
  const value = inputs[name]
  if (!value) throw new RangeError(`a kernel was called without its input "${name}"`)
  return value
}

/** Axes counted from the front, in order; all of them where tfjs names none. */
export function axesOf(axis: number | readonly number[] | null | undefined, rank: number): number[] {
  if (axis === null || axis === undefined) return Array.from({ length: rank }, (_, i) => i)
  return [axis]
    .flat()
    .map((a) => (a < 0 ? a + rank : a))
    .sort((a, b) => a - b)
}
