/** ONNX graphs of tfjs kernels that move, cut, join and make tensors. */
import { sizeOf } from '../../../tensor.js'
import {
  apply,
  at,
  constant,
  expand,
  integers,
  node,
  numberOf,
  reshape,
  scalar,
  transpose,
  unexpanded,
  type Graph,
  type Value,
} from '../graph.js'
import { axesOf, operand, type Kernels } from './kernel.js'

type NumberType = 'float32' | 'int32' | 'bool'

export const shape: Kernels = {
  Identity: (_graph, inputs) => operand(inputs, 'x'),
  Reshape: (graph, inputs, { shape }: { shape: number[] }) => {
    const x = operand(inputs, 'x')
    const known = shape.reduce((product, length) => (length < 0 ? product : product * length), 1)
    return reshape(
      graph,
      x,
      shape.map((length) => (length < 0 ? sizeOf(x.shape) / known : length)),
    )
  },
  ExpandDims: (graph, inputs, { dim }: { dim: number }) => {
    const x = operand(inputs, 'input')
    return reshape(graph, x, x.shape.toSpliced(dim < 0 ? dim + x.shape.length + 1 : dim, 0, 1))
  },
  Transpose: (graph, inputs, { perm }: { perm: number[] }) => transpose(graph, operand(inputs, 'x'), perm),
  Concat: (graph, inputs, { axis }: { axis: number }) => concat(graph, Object.values(inputs), axis),
  Pack: (graph, inputs, { axis }: { axis: number }) => {
    const values = Object.values(inputs)
    const rows = values.map((value) => reshape(graph, value, value.shape.toSpliced(axis, 0, 1)))
    return concat(graph, rows, axis)
  },
  Unpack: (graph, inputs, { axis }: { axis: number }) => {
    const x = operand(inputs, 'value')
    const [along = 0] = axesOf(axis, x.shape.length)
    const parts = split(
      graph,
      x,
      Array.from({ length: at(x.shape, along) }, () => 1),
      along,
    )
    return parts.map((part) => reshape(graph, part, x.shape.toSpliced(along, 1)))
  },
  SplitV: (
    graph,
    inputs,
    { numOrSizeSplits, axis }: { numOrSizeSplits: number | number[]; axis: number },
  ) => {
    const x = operand(inputs, 'x')
    const [along = 0] = axesOf(axis, x.shape.length)
    return split(graph, x, sizesOf(numOrSizeSplits, at(x.shape, along)), along)
  },
  Slice: (graph, inputs, { begin, size }: { begin: number | number[]; size: number | number[] }) => {
    const x = operand(inputs, 'x')
    const starts = x.shape.map((_, axis) => [begin].flat()[axis] ?? 0)
    const sizes = x.shape.map((length, axis) => {
      const wanted = [size].flat()[axis] ?? -1
      return wanted < 0 ? length - at(starts, axis) : wanted
    })
    return slice(graph, x, starts, sizes)
  },
  StridedSlice: (
    graph,
    inputs,
    { begin, end, strides }: { begin: number[]; end: number[]; strides: number[] },
  ) => {
    const x = operand(inputs, 'x')
    const lengths = begin.map((from, axis) =>
      Math.max(0, Math.ceil((at(end, axis) - from) / at(strides, axis))),
    )
    const axes = begin.map((_, axis) => axis)
    const bounds = [begin, end, axes, strides].map((values) => integers(graph, values))
    return apply(graph, 'Slice', [x, ...bounds], { shape: lengths, dtype: x.dtype })
  },
  Reverse: (graph, inputs, { dims }: { dims: number | number[] }) => {
    const x = operand(inputs, 'x')
    const axes = axesOf(dims, x.shape.length)
    const bounds = [
      axes.map(() => -1),
      axes.map((axis) => -at(x.shape, axis) - 1),
      axes,
      axes.map(() => -1),
    ].map((values) => integers(graph, values))
    return apply(graph, 'Slice', [x, ...bounds], x)
  },
  Tile: (graph, inputs, { reps }: { reps: number[] }) => {
    const x = operand(inputs, 'x')
    const tiled = x.shape.map((length, axis) => length * (reps[axis] ?? 1))
    if (x.shape.every((length, axis) => length === 1 || (reps[axis] ?? 1) === 1))
      return expand(graph, x, tiled)
    return apply(graph, 'Tile', [x, integers(graph, reps)], { shape: tiled, dtype: x.dtype })
  },
  PadV2: (
    graph,
    inputs,
    { paddings, constantValue }: { paddings: [number, number][]; constantValue: number },
  ) => {
    const x = operand(inputs, 'x')
    if (paddings.every(([before, after]) => before === 0 && after === 0)) return x
    const padded = x.shape.map(
      (length, axis) => length + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0),
    )
    const amounts = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]
    const value = scalar(graph, constantValue, numberType(x))
    return apply(graph, 'Pad', [x, integers(graph, amounts), value], { shape: padded, dtype: x.dtype })
  },
  Fill: (graph, _inputs, { shape, value, dtype }: { shape: number[]; value: number; dtype?: NumberType }) =>
    expand(graph, scalar(graph, value, dtype ?? 'float32'), shape),
  ZerosLike: (graph, inputs) => {
    const x = operand(inputs, 'x')
    return expand(graph, scalar(graph, 0, numberType(x)), x.shape)
  },
  OnesLike: (graph, inputs) => {
    const x = operand(inputs, 'x')
    return expand(graph, scalar(graph, 1, numberType(x)), x.shape)
  },
  Range: (
    graph,
    _inputs,
    { start, stop, step, dtype }: { start: number; stop: number; step: number; dtype: 'float32' | 'int32' },
  ) => {
    const values = Array.from({ length: Math.ceil((stop - start) / step) }, (_, i) => start + i * step)
    const data = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values)
    return constant(graph, data, [values.length], dtype)
  },
}

function concat(graph: Graph, values: readonly Value[], axis: number): Value {
  const filled = values.filter(({ shape }) => sizeOf(shape) > 0)
  const [one] = filled.length > 0 ? filled : values
  if (!one) throw new RangeError('nothing to concatenate')
  if (filled.length <= 1) return one
  const [along = 0] = axesOf(axis, one.shape.length)
  const length = filled.reduce((total, { shape }) => total + at(shape, along), 0)
  const output = { shape: one.shape.with(along, length), dtype: one.dtype }
  return apply(graph, 'Concat', filled, output, { axis: along })
}

function slice(graph: Graph, x: Value, starts: readonly number[], sizes: readonly number[]): Value {
  const axes = x.shape.flatMap((length, axis) => (sizes[axis] === length ? [] : [axis]))
  if (axes.length === 0) return x
  if (numberOf(x) !== undefined) return expand(graph, unexpanded(x), sizes)
  const begin = axes.map((axis) => at(starts, axis))
  const end = axes.map((axis) => at(starts, axis) + at(sizes, axis))
  const bounds = [begin, end, axes].map((values) => integers(graph, values))
  return apply(graph, 'Slice', [x, ...bounds], { shape: [...sizes], dtype: x.dtype })
}

function split(graph: Graph, x: Value, sizes: readonly number[], axis: number): readonly Value[] {
  if (sizes.length === 1) return [x]
  const outputs = sizes.map((size) => ({ shape: x.shape.with(axis, size), dtype: x.dtype }))
  return node(graph, 'Split', [x, integers(graph, sizes)], outputs, { axis })
}

function sizesOf(numOrSizes: number | readonly number[], length: number): readonly number[] {
  if (typeof numOrSizes === 'number') return Array.from({ length: numOrSizes }, () => length / numOrSizes)
  const known = numOrSizes.reduce((total, size) => total + Math.max(size, 0), 0)
  return numOrSizes.map((size) => (size < 0 ? length - known : size))
}

function numberType({ dtype }: Value): NumberType {
  return dtype === 'int32' || dtype === 'bool' ? dtype : 'float32'
}
