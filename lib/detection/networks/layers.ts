/**
 * Layers of convolutional networks, as nodes of an ONNX graph over named weights. A network is a function that applies
 * them; what it returns is serialized and run by ONNX Runtime.
 *
 * Shapes: b batch, c channels, h height, w width. A length of -1 is known only when the graph runs.
 */
import { DataError } from '../../errors.js'
import { apply, at, constant, createGraph, input, type Graph, type Value } from '../../engine/onnx/graph.js'
import { firstNonFinite } from '../../formats/floats.js'
import { toModel } from '../../engine/onnx/serialize.js'
import type { HostTensors } from '../../tensor.js'

/** A graph under construction, and the weights that it takes. */
export interface Network {
  readonly graph: Graph
  readonly weights: HostTensors
  /** The file that the weights came from, for errors. */
  readonly file: string
}

export interface Convolution {
  readonly stride?: number
  readonly padding?: number
  /** Padding of the bottom and right beside that: TensorFlow's SAME, where it is odd. */
  readonly more?: number
  readonly dilation?: number
  readonly groups?: number
  /** The prefix of a batch norm's weights, which is folded into the convolution. */
  readonly norm?: string
  readonly epsilon?: number
}

/** The network that `build` describes over these weights, as the bytes of an .onnx file. */
export function buildNetwork(
  name: string,
  { weights, file }: Pick<Network, 'weights' | 'file'>,
  inputs: Readonly<Record<string, readonly number[]>>,
  build: (network: Network, inputs: Readonly<Record<string, Value>>) => Readonly<Record<string, Value>>,
): Uint8Array {
  const network = { graph: createGraph(), weights, file }
  const fed = Object.fromEntries(
    Object.entries(inputs).map(([key, shape]) => [key, input(network.graph, shape, 'float32')]),
  )
  const outputs = build(network, fed)
  return toModel(name, { graph: network.graph, inputs: fed, state: {}, outputs, updates: {} }).bytes
}

/**
 * A convolution, with the frozen batch norm behind it folded in: y = (x * W - mean) / sqrt(var + epsilon) * gamma + beta is
 * again a convolution, of W gamma / sqrt(var + epsilon).
 *
 * @param x (b, c, h, w)
 * @param name of its weight, (out, c / groups, kernel, kernel), and of its bias, (out), where there is no norm
 * @returns (b, out, h', w')
 */
export function conv(net: Network, x: Value, name: string, options: Convolution = {}): Value {
  const { stride = 1, padding = 0, more = 0, dilation = 1, groups = 1, norm, epsilon = 1e-5 } = options
  const { data, shape } = weightOf(net, `${name}.weight`, [-1, at(x.shape, 1) / groups, -1, -1])
  const channels = at(shape, 0)
  const folded = norm === undefined ? undefined : foldNorm(net, data, channels, norm, epsilon)
  const weight = folded?.weight ?? data
  const bias = folded?.bias ?? weightOf(net, `${name}.bias`, [channels]).data
  const size = (length: number, kernel: number) =>
    length < 0 ? length : Math.floor((length + 2 * padding + more - dilation * (kernel - 1) - 1) / stride) + 1
  return apply(
    net.graph,
    'Conv',
    [x, constant(net.graph, weight, shape, 'float32'), constant(net.graph, bias, [channels], 'float32')],
    {
      shape: [
        at(x.shape, 0),
        channels,
        size(at(x.shape, 2), at(shape, 2)),
        size(at(x.shape, 3), at(shape, 3)),
      ],
      dtype: 'float32',
    },
    {
      kernel_shape: shape.slice(2),
      strides: [stride, stride],
      pads: [padding, padding, padding + more, padding + more],
      dilations: [dilation, dilation],
      group: groups,
    },
  )
}

export const relu = (net: Network, x: Value): Value => apply(net.graph, 'Relu', [x], x)

/** min(max(x, 0), 6) */
export const relu6 = (net: Network, x: Value): Value => {
  const [zero, six] = [0, 6].map((limit) => constant(net.graph, Float32Array.of(limit), [], 'float32'))
  return apply(net.graph, 'Clip', [x, zero, six], x)
}

/** Sum of two values of one shape. */
export const add = (net: Network, a: Value, b: Value): Value => apply(net.graph, 'Add', [a, b], a)

/** The mean over height and width: (b, c, h, w) to (b, c). */
export function meanOverPixels(net: Network, x: Value): Value {
  const [b, c] = [at(x.shape, 0), at(x.shape, 1)]
  const mean = apply(net.graph, 'GlobalAveragePool', [x], { shape: [b, c, 1, 1], dtype: 'float32' })
  return apply(net.graph, 'Flatten', [mean], { shape: [b, c], dtype: 'float32' }, { axis: 1 })
}

/**
 * x W^T + bias, as PyTorch's linear layers keep it.
 *
 * @param x (b, c)
 * @param name of weight (out, c) and bias (out)
 * @returns (b, out)
 */
export function linear(net: Network, x: Value, name: string): Value {
  const { data, shape } = weightOf(net, `${name}.weight`, [-1, at(x.shape, 1)])
  const bias = weightOf(net, `${name}.bias`, [at(shape, 0)])
  const inputs = [
    x,
    constant(net.graph, data, shape, 'float32'),
    constant(net.graph, bias.data, bias.shape, 'float32'),
  ]
  return apply(
    net.graph,
    'Gemm',
    inputs,
    { shape: [at(x.shape, 0), at(shape, 0)], dtype: 'float32' },
    { transB: 1 },
  )
}

/**
 * A weight by its name.
 *
 * @param expected its shape; -1 stands for any length
 * @throws DataError where it is missing, of another shape, or not finite
 */
export function weightOf(
  { weights, file }: Pick<Network, 'weights' | 'file'>,
  name: string,
  expected: readonly number[],
): { readonly data: Float32Array; readonly shape: readonly number[] } {
  const found = weights[name]
  const wanted = `(${expected.map((length) => (length < 0 ? '*' : length)).join(', ')})`
  if (found?.dtype !== 'float32')
    throw new DataError(
      `${file}: expected a float32 tensor ${name} of shape ${wanted}, found ${found ? found.dtype : 'none'}; ` +
        'the weights are incomplete, or of another network',
    )
  const { data, shape } = found
  if (shape.length !== expected.length || expected.some((length, i) => length >= 0 && shape[i] !== length))
    throw new DataError(`${file}: ${name}: expected shape ${wanted}, found (${shape.join(', ')})`)
  const bad = firstNonFinite(data)
  if (bad >= 0) throw new DataError(`${file}: ${name}: expected finite values, found ${data[bad]} at ${bad}`)
  return { data, shape }
}

function foldNorm(net: Network, weight: Float32Array, channels: number, norm: string, epsilon: number) {
  const read = (name: string) => weightOf(net, `${norm}.${name}`, [channels]).data
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(read) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ] // map keeps the length
  const scale = Float64Array.from(gamma, (value, i) => value / Math.sqrt(variance[i]! + epsilon))
  const size = weight.length / channels
  const folded = new Float32Array(weight.length)
  for (let channel = 0; channel < channels; channel++)
    for (let i = channel * size; i < (channel + 1) * size; i++) folded[i] = weight[i]! * scale[channel]!
  return { weight: folded, bias: beta.map((value, i) => value - mean[i]! * scale[i]!) }
}
