/** ONNX graphs of tfjs kernels that multiply matrices. */
import { sizeOf } from '../../../tensor.js'
import { apply, at, reshape, transpose, type Graph, type Value } from '../graph.js'
import { arithmetic, pointwise } from './elementwise.js'
import { operand, type Kernels } from './kernel.js'

interface Transposes {
  transposeA: boolean
  transposeB: boolean
}

/** Products of two matrices become a Gemm, whose flags replace transposes; products of batches become a MatMul. */
export const product: Kernels = {
  BatchMatMul: (graph, inputs, { transposeA, transposeB }: Transposes) =>
    matMul(graph, operand(inputs, 'a'), operand(inputs, 'b'), { transposeA, transposeB }),
  _FusedMatMul: (
    graph,
    inputs,
    { transposeA, transposeB, activation }: Transposes & { activation?: string },
  ) => {
    const [a, b, bias] = [operand(inputs, 'a'), operand(inputs, 'b'), inputs['bias']]
    const y = matMul(graph, a, b, { transposeA, transposeB, bias })
    if (!activation || activation === 'linear') return y
    const known = activations[activation]
    if (!known) throw new RangeError(`no fused activation "${activation}"`)
    return pointwise(graph, known, [y])
  },
  Einsum: (graph, inputs, { equation }: { equation: string }) => {
    const values = Object.values(inputs)
    const [terms = '', result = ''] = equation.replaceAll(' ', '').split('->')
    const lengths = new Map(
      terms
        .split(',')
        .flatMap((term, i) => [...term].map((letter, axis) => [letter, values[i]?.shape[axis] ?? 1])),
    )
    const shape = [...result].map((letter) => lengths.get(letter) ?? 1)
    return apply(graph, 'Einsum', values, { shape, dtype: 'float32' }, { equation })
  },
}

/** ONNX's names of the activations that tfjs fuses with a product. */
const activations: Readonly<Record<string, string>> = { relu: 'Relu', sigmoid: 'Sigmoid', elu: 'Elu' }

/** @param options.bias of the width of the result, added to its rows */
function matMul(
  graph: Graph,
  a: Value,
  b: Value,
  { transposeA = false, transposeB = false, bias }: Partial<Transposes> & { bias?: Value | undefined },
): Value {
  const flat = [a, b].every(({ shape }) => shape.length >= 2 && sizeOf(shape.slice(0, -2)) === 1)
  const batch = broadcastBatch(a.shape.slice(0, -2), b.shape.slice(0, -2))
  const rows = at(a.shape, transposeA ? -1 : -2)
  const columns = at(b.shape, transposeB ? -2 : -1)
  const shape = [...batch, rows, columns]
  if (flat) {
    const [left, transA] = untransposed(matrix(graph, a), transposeA)
    const [right, transB] = untransposed(matrix(graph, b), transposeB)
    const output = { shape: [rows, columns], dtype: a.dtype }
    const attributes = { transA: Number(transA), transB: Number(transB) }
    return reshape(
      graph,
      apply(graph, 'Gemm', bias ? [left, right, bias] : [left, right], output, attributes),
      shape,
    )
  }
  const left = transposeA ? swapped(graph, a) : a
  const right = transposeB ? swapped(graph, b) : b
  const y = apply(graph, 'MatMul', [left, right], { shape, dtype: a.dtype })
  return bias ? arithmetic(graph, 'Add', y, bias) : y
}

const matrix = (graph: Graph, x: Value): Value => reshape(graph, x, x.shape.slice(-2))

/** A matrix before its transposition, if it has one, and whether it has to be transposed then. */
function untransposed(x: Value, transposed: boolean): [Value, boolean] {
  const source = x.node?.op === 'Transpose' ? x.node.inputs[0] : undefined
  return source ? [source, !transposed] : [x, transposed]
}

function swapped(graph: Graph, x: Value): Value {
  const axes = x.shape.map((_, axis) => axis)
  return transpose(graph, x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2])
}

function broadcastBatch(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1),
  )
}
