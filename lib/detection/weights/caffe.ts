/**
 * The original weights of bottom-up attention, as Caffe names and orders them, by the names and in the order of the PyTorch
 * ports. What differs: norms are two layers, the background is the first class, the proposal network scores background and
 * object apart, and anchors are ordered by ratio.
 */
import { DataError } from '../../errors.js'
import type { CaffeLayers } from '../../formats/caffemodel.js'
import { float32, sizeOf, type HostTensor, type HostTensors } from '../../tensor.js'
import type { FasterRcnnSettings } from '../config.js'

/** @throws DataError where a layer is missing, or has other blobs than this network's */
export function fromCaffe(layers: CaffeLayers, file: string): HostTensors {
  const tensors: Record<string, HostTensor> = {}
  const blobs = (layer: string, count: number): readonly HostTensor[] => {
    const found = layers.get(layer)
    if (found?.length !== count)
      throw new DataError(
        `${file}: expected layer ${layer} of bottom-up attention's Faster R-CNN with ${count} blobs, found ` +
          `${found ? `${found.length}` : `none; its layers begin with ${[...layers.keys()].slice(0, 5).join(', ')}`}`,
      )
    return found
  }
  const normed = (to: string, layer: string, norm: string) => {
    const [weight] = blobs(layer, 1)
    const [mean, variance, factor] = blobs(`bn${norm}`, 3)
    const [gamma, beta] = blobs(`scale${norm}`, 2)
    const scale = factor!.data[0] === 0 ? 0 : 1 / Number(factor!.data[0]) // Caffe sums and divides when it reads
    tensors[`${to}.weight`] = weight!
    tensors[`${to}.norm.weight`] = flat(gamma!)
    tensors[`${to}.norm.bias`] = flat(beta!)
    tensors[`${to}.norm.running_mean`] = mapped(flat(mean!), (value) => value * scale)
    tensors[`${to}.norm.running_var`] = mapped(flat(variance!), (value) => value * scale)
  }
  normed('backbone.stem.conv1', 'conv1', '_conv1')
  for (const [stage, to] of stages)
    for (const [i, block] of blocksOf(layers, stage).entries()) {
      const place = (branch: string) => [`res${block}_branch${branch}`, `${block}_branch${branch}`] as const
      for (const [j, branch] of ['2a', '2b', '2c'].entries())
        normed(`${to}.${i}.conv${j + 1}`, ...place(branch))
      if (layers.has(`res${block}_branch1`)) normed(`${to}.${i}.shortcut`, ...place('1'))
    }
  const both = (to: string, layer: string, rank: number, rows: (tensor: HostTensor) => HostTensor) => {
    const [weight, bias] = blobs(layer, 2)
    tensors[`${to}.weight`] = rows(ranked(weight!, rank))
    tensors[`${to}.bias`] = rows(flat(bias!))
  }
  const same = (tensor: HostTensor) => tensor
  const head = 'proposal_generator.rpn_head'
  both(`${head}.conv`, 'rpn_conv/3x3', 4, same)
  both(`${head}.objectness_logits`, 'rpn_cls_score', 4, (tensor) => bySize(objectLessBackground(tensor), 1))
  both(`${head}.anchor_deltas`, 'rpn_bbox_pred', 4, (tensor) => bySize(tensor, 4))
  const predictor = 'roi_heads.box_predictor'
  const classes = blobs('cls_score', 2)[1]!.data.length
  both(`${predictor}.cls_score`, 'cls_score', 2, (tensor) => rotated(tensor, 1))
  both(`${predictor}.bbox_pred`, 'bbox_pred', 2, (tensor) => withoutRows(tensor, 4))
  tensors[`${predictor}.cls_embedding.weight`] = rotated(ranked(blobs('cls_embedding', 1)[0]!, 2, classes), 1)
  both(`${predictor}.fc_attr`, 'fc_attr', 2, same)
  // The ports' last entry, which the softmax leaves out, is Caffe's first: no attribute.
  both(`${predictor}.attr_score`, 'attr_score', 2, (tensor) => rotated(tensor, 1))
  return tensors
}

/**
 * The settings that Caffe's weights were trained with where they differ: deltas of boxes are not scaled, and anchors are
 * rounded to pixels, about the middle of a cell.
 */
export const caffeSettings: Partial<FasterRcnnSettings> = { box_weights: [1, 1, 1, 1] }

/** py-faster-rcnn's anchors of a cell, ordered by size as {@link fromCaffe} orders them. */
export function caffeAnchors(
  sizes: readonly number[],
  ratios: readonly number[],
): [number, number, number, number][] {
  return sizes.flatMap((size) =>
    ratios.map((ratio): [number, number, number, number] => {
      const base = Math.round(Math.sqrt(256 / ratio)) // of the 16 x 16 pixels of a cell, before they grow to `size`
      const [width, height] = [(base * size) / 16, (roundHalfEven(base * ratio) * size) / 16]
      return [8 - width / 2, 8 - height / 2, 8 + width / 2, 8 + height / 2]
    }),
  )
}

/** numpy's rounding. */
const roundHalfEven = (value: number) => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value))

const stages = [
  ['2', 'backbone.res2'],
  ['3', 'backbone.res3'],
  ['4', 'backbone.res4'],
  ['5', 'roi_heads.res5'],
] as const

/** A stage's blocks: 2a, 2b, 2c, or 4a, 4b1, 4b2 and so on. */
function blocksOf(layers: CaffeLayers, stage: string): string[] {
  const found = [...layers.keys()].flatMap((name) => /^res(\d[a-z]\d*)_branch2a$/.exec(name)?.[1] ?? [])
  const own = found.filter((block) => block.startsWith(stage))
  const order = (block: string) => block.charCodeAt(1) * 1000 + Number(block.slice(2) || 0)
  return own.length > 0 ? own.sort((a, b) => order(a) - order(b)) : [`${stage}a`]
}

/** A blob of one dimension. */
const flat = (tensor: HostTensor): HostTensor => ranked(tensor, 1)

/** Older blobs have four dimensions, of which the first are 1. @param rows of a matrix, where its blob may be transposed */
function ranked(tensor: HostTensor, rank: number, rows?: number): HostTensor {
  const shape = [...tensor.shape]
  while (shape.length > rank && shape[0] === 1) shape.shift()
  const data = tensor.data as Float32Array // as the reader makes them
  if (rank === 2 && rows !== undefined && shape[0] !== rows && sizeOf(shape) % rows === 0)
    return float32(data, rows, sizeOf(shape) / rows)
  return float32(data, ...shape)
}

const mapped = ({ data, shape }: HostTensor, change: (value: number) => number): HostTensor =>
  float32(Float32Array.from(data as Float32Array, change), ...shape)

/** Rows of the first dimension, in the order that `from` gives. */
function reordered({ data, shape }: HostTensor, rows: readonly number[]): HostTensor {
  const size = sizeOf(shape.slice(1))
  const values = data as Float32Array // as the reader makes them
  const out = new Float32Array(rows.length * size)
  rows.forEach((row, to) => out.set(values.subarray(row * size, (row + 1) * size), to * size))
  return float32(out, rows.length, ...shape.slice(1))
}

const rowsFrom = (first: number, end: number) => Array.from({ length: end - first }, (_, i) => first + i)

/** The first `count` rows behind the others: the background becomes the last class. */
const rotated = (tensor: HostTensor, count: number): HostTensor =>
  reordered(tensor, [...rowsFrom(count, tensor.shape[0]!), ...rowsFrom(0, count)])

const withoutRows = (tensor: HostTensor, count: number): HostTensor =>
  reordered(tensor, rowsFrom(count, tensor.shape[0]!))

/** Softmax over background and object ranks anchors as the difference of their logits does. */
function objectLessBackground(tensor: HostTensor): HostTensor {
  const half = tensor.shape[0]! / 2
  const background = reordered(tensor, rowsFrom(0, half)).data
  const object = reordered(tensor, rowsFrom(half, 2 * half))
  const data = Float32Array.from(object.data as Float32Array, (value, i) => value - Number(background[i]))
  return float32(data, ...object.shape)
}

/** Rows by ratio, then size, as by size, then ratio. @param each rows of an anchor */
function bySize(tensor: HostTensor, each: number): HostTensor {
  const anchors = tensor.shape[0]! / each
  const ratios = 3
  const sizes = anchors / ratios
  const order = rowsFrom(0, anchors).map((to) => (to % ratios) * sizes + Math.floor(to / ratios))
  return reordered(
    tensor,
    order.flatMap((anchor) => rowsFrom(anchor * each, (anchor + 1) * each)),
  )
}
