/** ONNX graphs under construction. */
import { sizeOf } from '../../tensor.js'
import { elementType, type Attribute, type DataType } from './proto.js'

/**
 * Values of static shape, and the nodes that compute them. Equal nodes are recorded once, and views of views are resolved
 * as they are made, so that the graph holds little more than its arithmetic.
 */
export interface Graph {
  readonly nodes: Node[]
  /** Nodes recorded so far, by what they compute. */
  readonly recorded: Map<string, Node>
  readonly constants: Map<string, Value>
  count: number
}

/** A tensor of the graph: an input, a constant, or an output of a node. */
export interface Value {
  readonly id: number
  readonly shape: readonly number[]
  readonly dtype: DataType
  /** What computes it; undefined for inputs and constants. */
  readonly node?: Node
  /** Values of a constant. */
  readonly data?: Data
}

export interface Node {
  readonly op: string
  readonly inputs: readonly (Value | undefined)[]
  readonly attributes: Readonly<Record<string, Attribute>>
  readonly outputs: readonly Value[]
}

export type Data = Float32Array | Int32Array | Uint32Array | BigInt64Array | Uint8Array

export interface Output {
  readonly shape: readonly number[]
  readonly dtype: DataType
}

export const createGraph = (): Graph => ({ nodes: [], recorded: new Map(), constants: new Map(), count: 0 })

/** A value that the caller feeds. */
export const input = (graph: Graph, shape: readonly number[], dtype: DataType): Value => ({
  id: graph.count++,
  shape,
  dtype,
})

/** Records a node with several outputs, or finds an equal one that was recorded before. */
export function node(
  graph: Graph,
  op: string,
  inputs: readonly (Value | undefined)[],
  outputs: readonly Output[],
  attributes: Readonly<Record<string, Attribute>> = {},
): readonly Value[] {
  const shapes = outputs.map(({ shape, dtype }) => `${dtype}${shape.join('x')}`)
  const key = [op, inputs.map((value) => value?.id ?? ''), JSON.stringify(attributes), shapes].join('|')
  const known = graph.recorded.get(key)
  if (known) return known.outputs
  const values: Value[] = []
  const made: Node = { op, inputs, attributes, outputs: values }
  for (const { shape, dtype } of outputs) values.push({ id: graph.count++, shape, dtype, node: made })
  graph.nodes.push(made)
  graph.recorded.set(key, made)
  return values
}

/** Records a node with one output. */
export function apply(
  graph: Graph,
  op: string,
  inputs: readonly (Value | undefined)[],
  output: Output,
  attributes: Readonly<Record<string, Attribute>> = {},
): Value {
  return first(node(graph, op, inputs, [output], attributes))
}

function first(values: readonly Value[]): Value {
  const [value] = values
  if (!value) throw new RangeError('a node without outputs')
  return value
}

/** A constant. Those of up to 16 elements are shared; one that repeats a single value is a broadcast scalar. */
export function constant(graph: Graph, data: Data, shape: readonly number[], dtype: DataType): Value {
  if (data.length > 1 && data.every((value) => Object.is(value, data[0])))
    return expand(graph, constant(graph, data.slice(0, 1), [], dtype), shape)
  if (data.length > 16) return { id: graph.count++, shape, dtype, data }
  const values = [...data].map((value) => (Object.is(value, -0) ? '-0' : String(value)))
  const key = `${dtype}|${shape.join('x')}|${values.join()}`
  const known = graph.constants.get(key)
  if (known) return known
  const value = { id: graph.count++, shape, dtype, data }
  graph.constants.set(key, value)
  return value
}

/** A scalar constant. */
export function scalar(graph: Graph, value: number, dtype: 'float32' | 'int32' | 'bool' = 'float32'): Value {
  const types = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }
  return constant(graph, types[dtype].of(value), [], dtype)
}

/** A constant of integers, for shapes, axes and paddings. */
export const integers = (graph: Graph, values: readonly number[]): Value => {
  const data = BigInt64Array.from(values, BigInt)
  // Never a broadcast scalar: operators need these in full.
  const key = `int64|${values.join()}`
  const known = graph.constants.get(key)
  if (known) return known
  const value: Value = { id: graph.count++, shape: [values.length], dtype: 'int64', data }
  graph.constants.set(key, value)
  return value
}

/** Broadcasts to a larger shape. Element-wise nodes look through it. */
export function expand(graph: Graph, value: Value, shape: readonly number[]): Value {
  if (sameShape(value.shape, shape)) return value
  const source = unexpanded(value)
  return apply(graph, 'Expand', [source, integers(graph, shape)], { shape, dtype: value.dtype })
}

/** The value before {@link expand}, if it was expanded. */
export const unexpanded = (value: Value): Value =>
  value.node?.op === 'Expand' ? (value.node.inputs[0] ?? value) : value

/** The number that all elements of a value are, if they are known to be equal. */
export function numberOf(value: Value): number | undefined {
  const { data } = unexpanded(value)
  return data?.length === 1 ? Number(data[0]) : undefined
}

export function reshape(graph: Graph, value: Value, shape: readonly number[]): Value {
  if (sameShape(value.shape, shape)) return value
  if (sizeOf(value.shape) !== sizeOf(shape))
    throw new RangeError(`cannot reshape [${value.shape.join()}] to [${shape.join()}]`)
  const { node } = value
  if (node?.op === 'Reshape' && node.inputs[0]) return reshape(graph, node.inputs[0], shape)
  const number = numberOf(value)
  if (number !== undefined) return expand(graph, reshapeScalar(graph, value), shape)
  if (value.data) return constant(graph, value.data, shape, value.dtype)
  return apply(graph, 'Reshape', [value, integers(graph, shape)], { shape, dtype: value.dtype })
}

export function transpose(graph: Graph, value: Value, perm: readonly number[]): Value {
  if (perm.every((from, to) => from === to)) return value
  const shape = perm.map((axis) => at(value.shape, axis))
  const number = numberOf(value)
  if (number !== undefined) return expand(graph, unexpanded(value), shape)
  const moved = value.shape.flatMap((length, axis) => (length === 1 ? [] : [perm.indexOf(axis)]))
  // Moving only axes of length 1 moves no data.
  if (moved.every((axis, i) => i === 0 || axis > at(moved, i - 1))) return reshape(graph, value, shape)
  const { node } = value
  if (node?.op === 'Transpose' && node.inputs[0] && Array.isArray(node.attributes['perm'])) {
    const inner: readonly number[] = node.attributes['perm']
    return transpose(
      graph,
      node.inputs[0],
      perm.map((axis) => at(inner, axis)),
    )
  }
  return apply(graph, 'Transpose', [value], { shape, dtype: value.dtype }, { perm })
}

export function cast(graph: Graph, value: Value, dtype: DataType): Value {
  if (value.dtype === dtype) return value
  const number = numberOf(value)
  if (number !== undefined && (dtype === 'float32' || dtype === 'int32' || dtype === 'bool'))
    return expand(graph, scalar(graph, castNumber(number, dtype), dtype), value.shape)
  return apply(graph, 'Cast', [value], { shape: value.shape, dtype }, { to: elementType[dtype] })
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((length, axis) => length === b[axis])

/** An element that is known to exist. */
export function at(list: readonly number[], index: number): number {
  const value = list.at(index)
  if (value === undefined) throw new RangeError(`no element ${index} in [${list.join()}]`)
  return value
}

function castNumber(value: number, dtype: 'float32' | 'int32' | 'bool'): number {
  if (dtype === 'bool') return value === 0 ? 0 : 1
  return dtype === 'int32' ? Math.trunc(value) : value
}

const reshapeScalar = (graph: Graph, value: Value): Value => {
  const source = unexpanded(value)
  return source.shape.length === 0 || !source.data ? source : constant(graph, source.data, [], source.dtype)
}
