/** ONNX graphs of the model's own kernels. */
import { sizeOf } from '../../../tensor.js'
import { apply, at, cast, node, reshape, scalar, type Graph, type Value } from '../graph.js'
import { arithmetic, pointwise } from './elementwise.js'
import { operand, type Kernels } from './kernel.js'
import { reduce } from './reduction.js'

/**
 * What lib/model/kernels.ts specifies, in as few passes over memory as ONNX's operators allow.
 *
 * Shapes: n rows, d width, v vocabulary.
 */
export const fused: Kernels = {
  LayerNorm: (graph, inputs, { epsilon }: { epsilon: number }) => {
    const [x, gain, bias] = [operand(inputs, 'x'), operand(inputs, 'gain'), operand(inputs, 'bias')]
    const row = { shape: [...x.shape.slice(0, -1), 1], dtype: x.dtype }
    return node(graph, 'LayerNormalization', [x, gain, bias], [x, row, row], {
      axis: -1,
      epsilon: { float: epsilon },
    })
  },

  LayerNormGrad: (graph, inputs) => {
    const [dy, x, gain] = [operand(inputs, 'dy'), operand(inputs, 'x'), operand(inputs, 'gain')]
    const [mean, inverseDeviation] = [operand(inputs, 'mean'), operand(inputs, 'inverseDeviation')]
    const last = x.shape.length - 1
    const rows = x.shape.slice(0, -1).map((_, axis) => axis)
    const mul = (a: Value, b: Value) => arithmetic(graph, 'Mul', a, b)
    const sub = (a: Value, b: Value) => arithmetic(graph, 'Sub', a, b)
    const normalized = mul(sub(x, mean), inverseDeviation) // (..., d)
    const dnormalized = mul(dy, gain) // (..., d)
    const centre = reduce(graph, 'ReduceMean', dnormalized, [last], { keepDims: true }) // (..., 1)
    const slope = reduce(graph, 'ReduceMean', mul(dnormalized, normalized), [last], { keepDims: true }) // (..., 1)
    const dx = mul(sub(sub(dnormalized, centre), mul(normalized, slope)), inverseDeviation)
    return [dx, reduce(graph, 'ReduceSum', mul(dy, normalized), rows), reduce(graph, 'ReduceSum', dy, rows)]
  },

  MaskedDropout: (graph, inputs, { rate, threshold }: { rate: number; threshold: number }) => {
    const [x, noise, columns] = [operand(inputs, 'x'), operand(inputs, 'noise'), operand(inputs, 'columns')]
    // ONNX Runtime's int32 products wrap around, as they must.
    const product = arithmetic(graph, 'Mul', reshape(graph, noise, [sizeOf(noise.shape), 1]), columns) // (n, d)
    const kept = pointwise(graph, 'GreaterOrEqual', [product, scalar(graph, threshold, 'int32')], 'bool')
    return [keep(graph, x, kept, rate), kept]
  },
  MaskedDropoutGrad: (graph, inputs, { rate }: { rate: number }) =>
    keep(graph, operand(inputs, 'dy'), operand(inputs, 'kept'), rate),

  LogSoftmax: (graph, inputs) => logSoftmax(graph, operand(inputs, 'logits')),
  LabelLogProb: (graph, inputs, { smoothing }: { smoothing: number }) => {
    const [logits, labels] = [operand(inputs, 'logits'), operand(inputs, 'labels')]
    const rows = sizeOf(labels.shape)
    const column = { shape: [rows, 1], dtype: logits.dtype }
    const places = reshape(graph, labels, [rows, 1])
    const logProbs = logSoftmax(graph, logits) // (n, v)
    const gather = (values: Value) => apply(graph, 'GatherElements', [values, places], column, { axis: 1 })
    const ofLabel = gather(logProbs) // (n, 1)
    const logSum = arithmetic(graph, 'Sub', gather(logits), ofLabel) // (n, 1)
    const mean = reduce(graph, 'ReduceMean', logProbs, [1], { keepDims: true }) // (n, 1)
    const smooth = arithmetic(
      graph,
      'Add',
      arithmetic(graph, 'Mul', ofLabel, scalar(graph, 1 - smoothing)),
      arithmetic(graph, 'Mul', mean, scalar(graph, smoothing)),
    )
    return [reshape(graph, smoothing === 0 ? ofLabel : smooth, [rows]), logSum]
  },
  LabelLogProbGrad: (graph, inputs, { smoothing }: { smoothing: number }) => {
    const [dy, logits, labels] = [operand(inputs, 'dy'), operand(inputs, 'logits'), operand(inputs, 'labels')]
    const rows = sizeOf(labels.shape)
    const slope = reshape(graph, dy, [rows, 1])
    const probability = pointwise(graph, 'Exp', [logSoftmax(graph, logits)]) // (n, v)
    const uniform = scalar(graph, smoothing / at(logits.shape, 1))
    const away = arithmetic(
      graph,
      'Mul',
      smoothing === 0 ? probability : arithmetic(graph, 'Sub', probability, uniform),
      negative(graph, slope),
    )
    const towards = arithmetic(graph, 'Mul', slope, scalar(graph, 1 - smoothing))
    const places = reshape(graph, labels, [rows, 1])
    return apply(graph, 'ScatterElements', [away, places, towards], logits, { axis: 1, reduction: 'add' }) // (n, v)
  },

  Adam: (graph, inputs, { beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number }) => {
    const [parameter, m, v] = [operand(inputs, 'parameter'), operand(inputs, 'm'), operand(inputs, 'v')]
    const [gradient, stepSize] = [operand(inputs, 'gradient'), operand(inputs, 'stepSize')]
    const rootCorrection = operand(inputs, 'rootCorrection')
    const mul = (a: Value, b: Value) => arithmetic(graph, 'Mul', a, b)
    const add = (a: Value, b: Value) => arithmetic(graph, 'Add', a, b)
    const m1 = add(mul(m, scalar(graph, beta1)), mul(gradient, scalar(graph, 1 - beta1)))
    const v1 = add(mul(v, scalar(graph, beta2)), mul(mul(gradient, gradient), scalar(graph, 1 - beta2)))
    // m1 / (sqrt(v1) / c + epsilon) * s as m1 / (sqrt(v1) + epsilon c) * (s c): the products of scalars are made once
    const deviation = add(pointwise(graph, 'Sqrt', [v1]), mul(rootCorrection, scalar(graph, epsilon)))
    const step = mul(arithmetic(graph, 'Div', m1, deviation), mul(stepSize, rootCorrection))
    return [arithmetic(graph, 'Sub', parameter, step), m1, v1]
  },
}

/** The mask is made once for both directions, as numbers: ONNX Runtime's Where costs four times the product. */
function keep(graph: Graph, x: Value, kept: Value, rate: number): Value {
  const mask = arithmetic(graph, 'Mul', cast(graph, kept, 'float32'), scalar(graph, 1 / (1 - rate)))
  return arithmetic(graph, 'Mul', x, mask)
}

const logSoftmax = (graph: Graph, logits: Value): Value =>
  apply(graph, 'LogSoftmax', [logits], logits, { axis: 1 })

const negative = (graph: Graph, x: Value): Value => pointwise(graph, 'Neg', [x])
