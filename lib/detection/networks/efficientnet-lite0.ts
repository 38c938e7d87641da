/** EfficientNet-Lite0 (Tan and Le, ICML 2019, without squeeze-and-excitation and with ReLU6), over the names of its PyTorch weights. */
import { DataError } from '../../errors.js'
import { at, type Value } from '../../engine/onnx/graph.js'
import type { HostTensors } from '../../tensor.js'
import { add, buildNetwork, conv, linear, meanOverPixels, relu6, weightOf, type Network } from './layers.js'

/** Blocks one after another, of which only the first has the stride: EfficientNet-B0's table, the Lite form. */
const stages = [
  { blocks: 1, kernel: 3, stride: 1 },
  { blocks: 2, kernel: 3, stride: 2 },
  { blocks: 2, kernel: 5, stride: 2 },
  { blocks: 3, kernel: 3, stride: 2 },
  { blocks: 3, kernel: 5, stride: 1 },
  { blocks: 4, kernel: 5, stride: 2 },
  { blocks: 1, kernel: 3, stride: 1 },
] as const

/** Its batch norms' epsilon, TensorFlow's. */
const epsilon = 1e-3

/**
 * `image` (1, 3, H, W) to `features` (1, 1280, H/32, W/32), what its classifier averages, and `classes` (1, 1000) logits.
 *
 * @param input height and width
 * @throws DataError where a tensor is missing or of another shape
 */
export function efficientNetGraph(
  from: { readonly weights: HostTensors; readonly file: string },
  input: readonly [height: number, width: number],
  wanted: readonly ('features' | 'classes')[],
): Uint8Array {
  return buildNetwork('efficientnet-lite0', from, { image: [1, 3, ...input] }, (net, { image }) => {
    let x = relu6(net, same(net, image!, '_conv_stem', '_bn0', { stride: 2 })) // (1, 32, H/2, W/2)
    let block = 0
    for (const { blocks, kernel, stride } of stages)
      for (let i = 0; i < blocks; i++, block++)
        x = invertedBottleneck(net, x, `_blocks.${block}`, { kernel, stride: i === 0 ? stride : 1 })
    const features = relu6(net, same(net, x, '_conv_head', '_bn1')) // (1, 1280, H/32, W/32)
    const outputs = {
      features: () => features,
      classes: () => linear(net, meanOverPixels(net, features), '_fc'), // (1, 1000)
    }
    return Object.fromEntries(wanted.map((name) => [name, outputs[name]()]))
  })
}

/**
 * An inverted bottleneck (Sandler et al., CVPR 2018): widen by 1x1, filter each channel, narrow by 1x1; what came in is added
 * where it has the same shape.
 */
function invertedBottleneck(
  net: Network,
  x: Value,
  name: string,
  { kernel, stride }: { kernel: number; stride: number },
): Value {
  const widens = `${name}._expand_conv.weight` in net.weights
  let y = widens ? relu6(net, same(net, x, `${name}._expand_conv`, `${name}._bn0`)) : x
  const { shape } = weightOf(net, `${name}._depthwise_conv.weight`, [at(y.shape, 1), 1, kernel, kernel])
  y = relu6(net, same(net, y, `${name}._depthwise_conv`, `${name}._bn1`, { stride, groups: at(shape, 0) }))
  y = same(net, y, `${name}._project_conv`, `${name}._bn2`)
  return stride === 1 && at(y.shape, 1) === at(x.shape, 1) ? add(net, y, x) : y
}

/** A convolution with its norm, padded as TensorFlow's SAME: where the padding is odd, the last row and column get more. */
function same(
  net: Network,
  x: Value,
  name: string,
  norm: string,
  { stride = 1, groups = 1 }: { stride?: number; groups?: number } = {},
): Value {
  const { shape } = weightOf(net, `${name}.weight`, [-1, -1, -1, -1])
  const kernel = at(shape, 2)
  const [height, width] = [at(x.shape, 2), at(x.shape, 3)]
  const total = (length: number) => Math.max(0, (Math.ceil(length / stride) - 1) * stride + kernel - length)
  if (total(height) !== total(width))
    throw new DataError(`EfficientNet takes pictures whose sides are padded alike; got ${height} x ${width}`)
  const before = Math.floor(total(height) / 2)
  return conv(net, x, name, {
    stride,
    groups,
    norm,
    epsilon,
    padding: before,
    more: total(height) - 2 * before,
  })
}
