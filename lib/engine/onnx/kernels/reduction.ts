/** ONNX graphs of tfjs kernels that reduce axes. */
import { sizeOf } from '../../../tensor.js'
import {
  apply,
  cast,
  expand,
  integers,
  reshape,
  sameShape,
  scalar,
  type Graph,
  type Value,
} from '../graph.js'
import { axesOf, operand, type Kernel, type Kernels } from './kernel.js'

interface Reduction {
  axis?: number | number[] | null
  /** The name of `axis` in Max and Min. */
  reductionIndices?: number | number[]
  keepDims?: boolean
}

/** Kernels that reduce axes. */
export const reduction: Kernels = {
  Sum: reducing('ReduceSum'),
  Mean: reducing('ReduceMean'),
  Max: reducing('ReduceMax'),
  Min: reducing('ReduceMin'),
  Prod: reducing('ReduceProd'),
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  ArgMax: position('ArgMax'),
  ArgMin: position('ArgMin'),
  Cumsum: (
    graph,
    inputs,
    { axis, exclusive, reverse }: { axis: number; exclusive: boolean; reverse: boolean },
  ) => {
    const x = operand(inputs, 'x')
    const attributes = { exclusive: Number(exclusive ?? false), reverse: Number(reverse ?? false) }
    return apply(graph, 'CumSum', [x, integers(graph, axesOf(axis, x.shape.length))], x, attributes)
  },
  Softmax: (graph, inputs, { dim }: { dim: number }) => {
    const logits = operand(inputs, 'logits')
    return apply(graph, 'Softmax', [logits], logits, { axis: dim < 0 ? dim + logits.shape.length : dim })
  },
}

export type ReduceOp = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin' | 'ReduceProd'

/** Reduces some axes of a value. A sum of squares is one pass, without storing the squares. */
export function reduce(
  graph: Graph,
  op: ReduceOp,
  x: Value,
  axes: readonly number[],
  { keepDims = false }: { keepDims?: boolean | undefined } = {},
): Value {
  if (axes.length === 0) return x
  const shape = reducedShape(x.shape, axes, keepDims)
  const [a, b] = op === 'ReduceSum' && x.node?.op === 'Mul' ? x.node.inputs : []
  const squared = a === b && a && sameShape(a.shape, x.shape) ? a : undefined
  if (op === 'ReduceSum' && !squared && isTall(x, axes)) return sumOfRows(graph, x, axes.length, shape)
  const output = { shape, dtype: x.dtype }
  const inputs = [squared ?? x, integers(graph, axes)]
  return apply(graph, squared ? 'ReduceSumSquare' : op, inputs, output, { keepdims: Number(keepDims) })
}

/** Whether the axes are the first ones, and the matrix they make has enough rows and columns for a product to pay off. */
function isTall({ shape, dtype }: Value, axes: readonly number[]): boolean {
  const [rows, columns] = [shape.slice(0, axes.length), shape.slice(axes.length)].map(sizeOf) as [
    number,
    number,
  ] // of two
  return dtype === 'float32' && axes.every((axis, i) => axis === i) && Math.min(rows, columns) >= 64
}

/** The sum of rows as a product with ones, which ONNX Runtime divides among threads, unlike a sum. */
function sumOfRows(graph: Graph, x: Value, axes: number, shape: readonly number[]): Value {
  const rows = sizeOf(x.shape.slice(0, axes))
  const columns = sizeOf(x.shape.slice(axes))
  const ones = expand(graph, scalar(graph, 1), [1, rows])
  const matrix = reshape(graph, x, [rows, columns])
  return reshape(graph, apply(graph, 'Gemm', [ones, matrix], { shape: [1, columns], dtype: x.dtype }), shape)
}

function reducing(op: ReduceOp): Kernel<Reduction> {
  return (graph, inputs, { axis, reductionIndices, keepDims }) => {
    const x = operand(inputs, 'x')
    return reduce(graph, op, x, axesOf(axis ?? reductionIndices, x.shape.length), { keepDims })
  }
}

function logical(op: ReduceOp): Kernel<Reduction> {
  return (graph, inputs, { axis, keepDims }) => {
    const x = cast(graph, operand(inputs, 'x'), 'int32')
    return cast(graph, reduce(graph, op, x, axesOf(axis, x.shape.length), { keepDims }), 'bool')
  }
}

function position(op: 'ArgMax' | 'ArgMin'): Kernel<{ axis: number }> {
  return (graph, inputs, { axis }) => {
    const x = operand(inputs, 'x')
    const axes = axesOf(axis, x.shape.length)
    const output = { shape: reducedShape(x.shape, axes, false), dtype: 'int64' as const }
    return cast(graph, apply(graph, op, [x], output, { axis: axes[0] ?? 0, keepdims: 0 }), 'int32')
  }
}

function reducedShape(shape: readonly number[], axes: readonly number[], keepDims: boolean): number[] {
  return shape.flatMap((length, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [length]))
}
