/** Quantization of a recorded graph to int8. */
import { apply, at, createGraph, node, type Graph, type Node, type Value } from './graph.js'
import { elementType } from './proto.js'
import type { Trace } from './trace.js'

/**
 * Quantizes products with constant weights: weights to 8 bits once, one scale a column; activations to 8 bits at each run,
 * one scale for all of them, so that a row's result depends a little on the rows beside it. Products are summed in int32;
 * everything else stays float32.
 *
 * The graph uses only operators of the ONNX standard, in the arrangement that onnxruntime fuses into one kernel.
 */
export function quantizeProducts(trace: Trace): Trace {
  const graph = createGraph()
  const values = new Map<Value, Value>()
  const quantized = new Map<string, Quantized>()
  const moved = (value: Value): Value => {
    const known = values.get(value) ?? { ...value, id: graph.count++ } // only inputs and constants are new
    values.set(value, known)
    return known
  }
  for (const recorded of trace.graph.nodes) {
    const { op, attributes, outputs } = recorded
    const weight = weightOf(recorded)
    const inputs = recorded.inputs.map((value) => (value && value !== weight ? moved(value) : undefined))
    if (weight) {
      const transposed = attributes['transB'] === 1
      const key = `${weight.id}${transposed}`
      const columns = quantized.get(key) ?? quantizeColumns(graph, weight, transposed)
      quantized.set(key, columns)
      const [x, , bias] = inputs
      for (const output of outputs) if (x) values.set(output, product(graph, x, columns, bias))
    } else {
      const made = node(graph, op, inputs, outputs, attributes)
      for (const [i, output] of outputs.entries()) values.set(output, made[i] ?? output)
    }
  }
  const all = (entries: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, moved(value)]))
  const { inputs, state, outputs, updates } = trace
  return { graph, inputs: all(inputs), state: all(state), outputs: all(outputs), updates: all(updates) }
}

/**
 * Weights are stored unsigned, around this zero. Signed ones would be as fast on processors with VNNI, but silently overflow
 * on older ones, which sum two products of 8 bits in 16.
 */
const zero = 128

interface Quantized {
  /** (in, out) uint8 */
  levels: Value
  /** (out) uint8 */
  zeros: Value
  /** (out) */
  scales: Value
}

/** The constant matrix of a product that is worth quantizing. */
function weightOf({ op, inputs, attributes }: Node): Value | undefined {
  const weight = inputs[1]
  if (op !== 'Gemm' || attributes['transA'] === 1 || weight?.dtype !== 'float32') return undefined
  return weight.data && weight.shape.length === 2 && weight.data.length >= 1024 ? weight : undefined
}

function quantizeColumns(graph: Graph, { data, shape }: Value, transposed: boolean): Quantized {
  const [columns, rows] = [at(shape, transposed ? 0 : 1), at(shape, transposed ? 1 : 0)]
  const [ofColumn, ofRow] = transposed ? [rows, 1] : [1, columns]
  const levels = new Uint8Array(rows * columns)
  const scales = new Float32Array(columns)
  for (let column = 0; column < columns; column++) {
    const weight = (row: number) => Number(data?.[column * ofColumn + row * ofRow])
    let most = 0
    for (let row = 0; row < rows; row++) most = Math.max(most, Math.abs(weight(row)))
    const scale = most > 0 ? most / (zero - 1) : 1
    scales[column] = scale
    for (let row = 0; row < rows; row++)
      levels[row * columns + column] = zero + Math.round(weight(row) / scale)
  }
  const made = (shape: readonly number[], data: Uint8Array | Float32Array): Value => ({
    id: graph.count++,
    shape,
    dtype: data instanceof Uint8Array ? 'uint8' : 'float32',
    data,
  })
  return {
    levels: made([rows, columns], levels),
    zeros: made([columns], new Uint8Array(columns).fill(zero)),
    scales: made([columns], scales),
  }
}

/** x W + b: x (n, in) -> (n, out) */
function product(graph: Graph, x: Value, weights: Quantized, bias: Value | undefined): Value {
  const shape = [at(x.shape, 0), at(weights.levels.shape, 1)]
  const float = { shape, dtype: 'float32' } as const
  const [levels, scale, lowest] = node(
    graph,
    'DynamicQuantizeLinear',
    [x],
    [
      { shape: x.shape, dtype: 'uint8' },
      { shape: [], dtype: 'float32' },
      { shape: [], dtype: 'uint8' },
    ],
  )
  const sums = apply(graph, 'MatMulInteger', [levels, weights.levels, lowest, weights.zeros], {
    shape,
    dtype: 'int32',
  })
  const asFloat = apply(graph, 'Cast', [sums], float, { to: elementType.float32 })
  const unit = apply(graph, 'Mul', [scale, weights.scales], { shape: weights.scales.shape, dtype: 'float32' })
  const y = apply(graph, 'Mul', [asFloat, unit], float)
  return bias ? apply(graph, 'Add', [y, bias], float) : y
}
