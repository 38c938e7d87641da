/**
 * Faster R-CNN (Ren et al., NeurIPS 2015) with bottom-up attention's heads (Anderson et al., CVPR 2018), in two graphs:
 * from a photograph to what proposals are made of, and from proposals to features and classes. Between them lies
 * non-maximum suppression, which is quicker in TypeScript (../proposals.ts).
 *
 * Shapes: h, w cells of 16 pixels; a anchors of a cell; n proposals; k classes.
 */
import { DataError } from '../../errors.js'
import { apply, at, type Value } from '../../engine/onnx/graph.js'
import { sizeOf, type HostTensors } from '../../tensor.js'
import { buildNetwork, conv, linear, meanOverPixels, relu, weightOf, type Network } from './layers.js'
import { resnetC4, stage } from './resnet.js'

export interface FasterRcnnWeights {
  readonly weights: HostTensors
  /** The file that the weights came from, for errors. */
  readonly file: string
}

/** Pixels that a cell of the feature map stands for. */
export const stride = 16

/**
 * The backbone and the region proposal network: `image` (1, 3, H, W) to `res4` (1, c, h, w), `objectness` (1, a, h, w) and
 * `deltas` (1, 4a, h, w), whose channels are anchor * 4 + coordinate.
 */
export function proposalGraph(from: FasterRcnnWeights): Uint8Array {
  return buildNetwork('proposals', from, { image: [1, 3, -1, -1] }, (net, { image }) => {
    const res4 = resnetC4(net, image!) // (1, c, h, w)
    const head = 'proposal_generator.rpn_head'
    const hidden = relu(net, conv(net, res4, `${head}.conv`, { padding: 1 })) // (1, 512, h, w)
    return {
      res4,
      objectness: conv(net, hidden, `${head}.objectness_logits`), // (1, a, h, w)
      deltas: conv(net, hidden, `${head}.anchor_deltas`), // (1, 4a, h, w)
    }
  })
}

/** What the region graph can compute of each proposal. */
export type RegionOutput = 'features' | 'classes' | 'boxes' | 'attributes' | 'pooled'

/**
 * The region head: `res4` and `regions` (n, 5), each 0, x1, y1, x2, y2 in pixels, to `features` (n, 2048), `classes`
 * (n, k + 1) logits with the background last, `boxes` (n, 4k) deltas, `attributes` (n, 401) logits; and for comparisons
 * `pooled`, the mean of what was pooled.
 */
export function regionGraph(from: FasterRcnnWeights, wanted: readonly RegionOutput[]): Uint8Array {
  const inputs = { res4: [1, sizesOf(from).channels, -1, -1], regions: [-1, 5] }
  return buildNetwork('regions', from, inputs, (net, { res4, regions }) => {
    const predictor = 'roi_heads.box_predictor'
    const pooled = maxRoiPool(net, res4!, regions!) // (n, c, 14, 14)
    // Stride 1 and dilation 2 keep the 14 x 14 of the pooling, which stride 2 would halve.
    const res5 = stage(net, pooled, 'roi_heads.res5', { stride: 1, dilation: 2 }) // (n, 2048, 14, 14)
    const features = meanOverPixels(net, res5) // (n, 2048)
    const classes = linear(net, features, `${predictor}.cls_score`) // (n, k + 1)
    const outputs: Record<RegionOutput, () => Value> = {
      features: () => features,
      classes: () => classes,
      boxes: () => linear(net, features, `${predictor}.bbox_pred`), // (n, 4k)
      attributes: () => attributesOf(net, features, classes),
      pooled: () => meanOverPixels(net, pooled), // (n, c)
    }
    return Object.fromEntries(wanted.map((name) => [name, outputs[name]()]))
  })
}

/**
 * Sizes that the weights tell.
 *
 * @throws DataError where the weights are not this network's
 */
export function sizesOf(from: FasterRcnnWeights) {
  const predictor = 'roi_heads.box_predictor'
  const { shape } = weightOf(from, `${predictor}.cls_score.weight`, [-1, -1])
  const [logits, width] = [at(shape, 0), at(shape, 1)]
  const { shape: anchors } = weightOf(
    from,
    'proposal_generator.rpn_head.objectness_logits.weight',
    [-1, -1, 1, 1],
  )
  const { shape: hidden } = weightOf(from, 'proposal_generator.rpn_head.conv.weight', [-1, -1, 3, 3])
  weightOf(from, `${predictor}.bbox_pred.weight`, [4 * (logits - 1), width])
  return {
    width,
    classes: logits - 1,
    anchors: at(anchors, 0),
    channels: at(hidden, 1),
    attributes: `${predictor}.attr_score.weight` in from.weights,
  }
}

/** Builds both graphs, so that a tensor that is missing or of a wrong shape is found. Throws DataError naming it. */
export function checkWeights(from: FasterRcnnWeights): void {
  const { classes, attributes } = sizesOf(from)
  if (classes < 1) throw new DataError(`${from.file}: expected classes beside the background, found none`)
  proposalGraph(from)
  regionGraph(from, ['features', 'classes', 'boxes', ...(attributes ? (['attributes'] as const) : [])])
}

/**
 * Max pooling of regions (Girshick, ICCV 2015): coordinates over 16, rounded; 14 x 14 bins of at least a cell each.
 *
 * @param res4 (1, c, h, w)
 * @param regions (n, 5)
 * @returns (n, c, 14, 14)
 */
function maxRoiPool(net: Network, res4: Value, regions: Value): Value {
  const shape = [at(regions.shape, 0), at(res4.shape, 1), 14, 14]
  const attributes = { pooled_shape: [14, 14], spatial_scale: { float: 1 / stride } }
  return apply(net.graph, 'MaxRoiPool', [res4, regions], { shape, dtype: 'float32' }, attributes)
}

/**
 * Attributes of a region, from its feature beside an embedding of its likeliest class, background counted.
 *
 * @param features (n, 2048)
 * @param classes (n, k + 1) logits
 * @returns (n, 401) logits
 */
function attributesOf(net: Network, features: Value, classes: Value): Value {
  const predictor = 'roi_heads.box_predictor'
  const [n, width] = [at(features.shape, 0), at(features.shape, 1)]
  const { data, shape } = weightOf(net, `${predictor}.cls_embedding.weight`, [at(classes.shape, 1), -1])
  const size = at(shape, 1)
  const table: Value = { id: net.graph.count++, shape: [sizeOf(shape) / size, size], dtype: 'float32', data }
  const best = apply(net.graph, 'ArgMax', [classes], { shape: [n], dtype: 'int64' }, { axis: 1, keepdims: 0 })
  const embedded = apply(
    net.graph,
    'Gather',
    [table, best],
    { shape: [n, size], dtype: 'float32' },
    { axis: 0 },
  )
  const both = apply(
    net.graph,
    'Concat',
    [features, embedded],
    { shape: [n, width + size], dtype: 'float32' },
    { axis: 1 },
  )
  return linear(net, relu(net, linear(net, both, `${predictor}.fc_attr`)), `${predictor}.attr_score`)
}
