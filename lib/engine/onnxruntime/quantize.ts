import { apply, at, createGraph, node, type Graph, type Node, type Value } from './graph.js'
import { elementType } from './proto.js'
import type { Trace } from './trace.js'

/**
 * Quantizes products with constant weights: weights to int8 once, one scale a column; activations to uint8 at each run,
 * one scale for all of them, so that a row's result depends a little on the rows beside it. Products add up in int32;
 * everything else stays float32.
 *
 * It is written in the ONNX standard's own operators, arranged as onnxruntime fuses them into one kernel.
 */
export function quantizeProducts(trace: Trace): Trace {
  const graph = createGraph()
  const values = new Map<Value, Value>()
  const quantized = new Map<Value, Quantized>()
  const moved = (value: Value): Value => {
    const known = values.get(value) ?? { ...value, id: graph.count++ } // new is an input or a constant
    values.set(value, known)
    return known
  }
  for (const recorded of trace.graph.nodes) {
    const { op, domain, attributes, outputs } = recorded
    const weight = weightOf(recorded)
    const inputs = recorded.inputs.map((value) => (value && value !== weight ? moved(value) : undefined))
    if (weight) {
      const columns = quantized.get(weight) ?? quantizeColumns(graph, weight, attributes['transB'] === 1)
      quantized.set(weight, columns)
      const [x, , bias] = inputs
      for (const output of outputs) if (x) values.set(output, product(graph, x, columns, bias))
    } else {
      const made = node(graph, op, inputs, outputs, attributes, domain)
      for (const [i, output] of outputs.entries()) values.set(output, made[i] ?? output)
    }
  }
  const all = (entries: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, moved(value)]))
  const { inputs, state, outputs, updates } = trace
  return { graph, inputs: all(inputs), state: all(state), outputs: all(outputs), updates: all(updates) }
}

/**
 * The largest absolute weight. 7 bits, because on processors without VNNI a product adds up two of 8 and 8 bits in 16,
 * where 255 * 127 * 2 would overflow without a word.
 */
const largest = 64

interface Quantized {
  /** (in, out) int8 */
  weights: Value
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
  const weights = new Int8Array(rows * columns)
  const scales = new Float32Array(columns)
  for (let column = 0; column < columns; column++) {
    const weight = (row: number) => Number(data?.[column * ofColumn + row * ofRow])
    let most = 0
    for (let row = 0; row < rows; row++) most = Math.max(most, Math.abs(weight(row)))
    const scale = most > 0 ? most / largest : 1
    scales[column] = scale
    for (let row = 0; row < rows; row++) weights[row * columns + column] = Math.round(weight(row) / scale)
  }
  const bytes = new Uint8Array(weights.buffer)
  return {
    weights: { id: graph.count++, shape: [rows, columns], dtype: 'int8', data: bytes },
    scales: { id: graph.count++, shape: [columns], dtype: 'float32', data: scales },
  }
}

/** x W + b: x (n, in) -> (n, out) */
function product(graph: Graph, x: Value, { weights, scales }: Quantized, bias: Value | undefined): Value {
  const shape = [at(x.shape, 0), at(weights.shape, 1)]
  const float = { shape, dtype: 'float32' } as const
  const [levels, scale, zero] = node(
    graph,
    'DynamicQuantizeLinear',
    [x],
    [
      { shape: x.shape, dtype: 'uint8' },
      { shape: [], dtype: 'float32' },
      { shape: [], dtype: 'uint8' },
    ],
  )
  const sums = apply(graph, 'MatMulInteger', [levels, weights, zero], { shape, dtype: 'int32' })
  const asFloat = apply(graph, 'Cast', [sums], float, { to: elementType.float32 })
  const unit = apply(graph, 'Mul', [scale, scales], { shape: scales.shape, dtype: 'float32' })
  const y = apply(graph, 'Mul', [asFloat, unit], float)
  return bias ? apply(graph, 'Add', [y, bias], float) : y
}
