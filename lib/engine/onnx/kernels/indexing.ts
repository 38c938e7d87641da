/** ONNX graphs of tfjs kernels that read and write by index. */
import { sizeOf } from '../../../tensor.js'
import {
  apply,
  at,
  cast,
  constant,
  expand,
  integers,
  node,
  reshape,
  scalar,
  type Graph,
  type Value,
} from '../graph.js'
import { pointwise, select } from './elementwise.js'
import { axesOf, operand, type Kernels } from './kernel.js'

/** Kernels that read and write by index. */
export const indexing: Kernels = {
  GatherV2: (graph, inputs, { axis, batchDims }: { axis: number; batchDims?: number }) => {
    const x = operand(inputs, 'x')
    const [along = 0] = axesOf(axis, x.shape.length)
    const indices = cast(graph, operand(inputs, 'indices'), 'int32')
    return gather(graph, x, indices, { axis: along, batchDims: batchDims ?? 0 })
  },
  GatherNd: (graph, inputs) => {
    const x = operand(inputs, 'params')
    const indices = operand(inputs, 'indices')
    const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(at(indices.shape, -1))]
    return apply(graph, 'GatherND', [x, cast(graph, indices, 'int64')], { shape, dtype: x.dtype })
  },
  ScatterNd: (graph, inputs, { shape }: { shape: number[] }) => {
    const updates = operand(inputs, 'updates')
    const indices = cast(graph, operand(inputs, 'indices'), 'int64')
    const zeros = expand(graph, scalar(graph, 0, updates.dtype === 'int32' ? 'int32' : 'float32'), shape)
    return apply(
      graph,
      'ScatterND',
      [zeros, indices, updates],
      { shape, dtype: updates.dtype },
      { reduction: 'add' },
    )
  },
  TensorScatterUpdate: (graph, inputs) => {
    const x = operand(inputs, 'tensor')
    const indices = cast(graph, operand(inputs, 'indices'), 'int64')
    return apply(graph, 'ScatterND', [x, indices, operand(inputs, 'updates')], x)
  },
  UnsortedSegmentSum: (graph, inputs, { numSegments }: { numSegments: number }) =>
    segmentSum(graph, operand(inputs, 'x'), operand(inputs, 'segmentIds'), numSegments),
  OneHot: (
    graph,
    inputs,
    {
      depth,
      onValue,
      offValue,
      dtype,
    }: { depth: number; onValue: number; offValue: number; dtype?: 'float32' | 'int32' | 'bool' },
  ) => {
    // By comparison, so that an index out of range gives a row of `offValue`, as in tfjs.
    const indices = operand(inputs, 'indices')
    const places = constant(
      graph,
      Int32Array.from({ length: depth }, (_, i) => i),
      [depth],
      'int32',
    )
    const rows = reshape(graph, cast(graph, indices, 'int32'), [...indices.shape, 1])
    const hot = pointwise(graph, 'Equal', [rows, places], 'bool')
    if (onValue === 1 && offValue === 0) return cast(graph, hot, dtype ?? 'int32')
    const element = dtype === 'float32' ? 'float32' : 'int32'
    return cast(
      graph,
      select(graph, hot, scalar(graph, onValue, element), scalar(graph, offValue, element)),
      dtype ?? 'int32',
    )
  },
  TopK: (graph, inputs, { k, sorted }: { k: number; sorted: boolean }) => {
    const x = operand(inputs, 'x')
    const shape = [...x.shape.slice(0, -1), k]
    const outputs = [
      { shape, dtype: x.dtype },
      { shape, dtype: 'int64' as const },
    ]
    const [values, indices] = node(graph, 'TopK', [x, integers(graph, [k])], outputs, {
      sorted: Number(sorted),
    })
    if (!values || !indices) throw new RangeError('TopK without outputs')
    return [values, cast(graph, indices, 'int32')]
  },
}

/**
 * Sums rows of the same segment. An element-wise scatter adds in the order of the rows, so that repeated indices are summed
 * the same way in every run.
 */
function segmentSum(graph: Graph, x: Value, ids: Value, segments: number): Value {
  const rows = sizeOf(ids.shape)
  const columns = sizeOf(x.shape) / rows
  const inner = x.shape.slice(ids.shape.length)
  const dtype = x.dtype === 'int32' ? 'int32' : 'float32'
  const zeros = expand(graph, scalar(graph, 0, dtype), [segments, columns])
  const indices = expand(graph, reshape(graph, cast(graph, ids, 'int64'), [rows, 1]), [rows, columns])
  const updates = reshape(graph, x, [rows, columns])
  const attributes = { axis: 0, reduction: 'add' }
  const total = apply(graph, 'ScatterElements', [zeros, indices, updates], zeros, attributes)
  return reshape(graph, total, [segments, ...inner])
}

function gather(
  graph: Graph,
  x: Value,
  indices: Value,
  { axis, batchDims }: { axis: number; batchDims: number },
): Value {
  const shape = [...x.shape.slice(0, axis), ...indices.shape.slice(batchDims), ...x.shape.slice(axis + 1)]
  if (batchDims === 0) return apply(graph, 'Gather', [x, indices], { shape, dtype: x.dtype }, { axis })
  if (batchDims !== axis) throw new RangeError(`gather along axis ${axis} with ${batchDims} batch axes`)
  const places = reshape(graph, cast(graph, indices, 'int64'), [...indices.shape, 1])
  return apply(graph, 'GatherND', [x, places], { shape, dtype: x.dtype }, { batch_dims: batchDims })
}
