/** ResNet with bottleneck blocks (He et al., CVPR 2016), in the form that Caffe's detectors use. */
import { apply, at, type Value } from '../../engine/onnx/graph.js'
import { add, conv, relu, type Network } from './layers.js'

/**
 * The first four stages: what Faster R-CNN calls C4. Each stage but the first halves the resolution, so that a cell stands
 * for 16 pixels.
 *
 * @param image (1, 3, H, W): BGR bytes less their mean
 * @returns (1, 1024, H/16, W/16)
 */
export function resnetC4(net: Network, image: Value): Value {
  let x = relu(
    net,
    conv(net, image, 'backbone.stem.conv1', { stride: 2, padding: 3, norm: 'backbone.stem.conv1.norm' }),
  ) // (1, 64, H/2, W/2)
  x = maxPool(net, x) // (1, 64, H/4, W/4)
  x = stage(net, x, 'backbone.res2', { stride: 1 }) // (1, 256, H/4, W/4)
  x = stage(net, x, 'backbone.res3', { stride: 2 }) // (1, 512, H/8, W/8)
  return stage(net, x, 'backbone.res4', { stride: 2 }) // (1, 1024, H/16, W/16)
}

/** Cells of {@link resnetC4} along a side of this many pixels: the stem's convolution, its pooling (rounded up), and two stages of stride 2. */
export function cellsOf(pixels: number): number {
  const pooled = Math.ceil((Math.floor((pixels - 1) / 2) + 1 - 3) / 2) + 1
  return halved(halved(pooled))
}
const halved = (length: number) => Math.floor((length - 1) / 2) + 1

/**
 * Bottleneck blocks one after another, as many as there are weights of.
 *
 * @param stride of the first block
 * @param dilation of the 3x3 convolutions
 */
export function stage(
  net: Network,
  x: Value,
  name: string,
  { stride, dilation = 1 }: { stride: number; dilation?: number },
): Value {
  let y = x
  for (let i = 0; i === 0 || `${name}.${i}.conv1.weight` in net.weights; i++)
    y = bottleneck(net, y, `${name}.${i}`, { stride: i === 0 ? stride : 1, dilation })
  return y
}

/**
 * A bottleneck: 1x1, 3x3 and 1x1 convolutions beside a shortcut. As in Caffe's ResNet the stride is in the first of them,
 * not in the 3x3 as in torchvision's.
 */
function bottleneck(
  net: Network,
  x: Value,
  name: string,
  { stride, dilation }: { stride: number; dilation: number },
): Value {
  const normed = (value: Value, layer: string, options = {}) =>
    conv(net, value, `${name}.${layer}`, { ...options, norm: `${name}.${layer}.norm` })
  let y = relu(net, normed(x, 'conv1', { stride }))
  y = relu(net, normed(y, 'conv2', { padding: dilation, dilation }))
  y = normed(y, 'conv3')
  const shortcut = `${name}.shortcut.weight` in net.weights ? normed(x, 'shortcut', { stride }) : x
  return relu(net, add(net, y, shortcut))
}

/** 3x3 max pooling of stride 2 without padding, the last windows cut at the border: Caffe rounds sizes up. */
function maxPool(net: Network, x: Value): Value {
  const size = (length: number) => (length < 0 ? length : Math.ceil((length - 3) / 2) + 1)
  const shape = [at(x.shape, 0), at(x.shape, 1), size(at(x.shape, 2)), size(at(x.shape, 3))]
  const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [0, 0, 0, 0], ceil_mode: 1 }
  return apply(net.graph, 'MaxPool', [x], { shape, dtype: 'float32' }, attributes)
}
