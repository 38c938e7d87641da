/** What a detector's folder says in its config.json, and the settings that weights do not tell. */
import * as z from 'zod'

const positive = z.number().positive()
const count = z.number().int().positive()

/**
 * Settings of bottom-up attention's Faster R-CNN (Anderson et al., CVPR 2018) that its weights do not tell, by the names
 * that `--settings` takes; other keys are left alone. Sizes are pixels of the resized photograph.
 */
export const settingsSchema = z.object({
  /** The shorter side is resized to `min_size`, unless the longer one would exceed `max_size`. */
  min_size: count.default(600),
  max_size: count.default(1000),
  anchor_sizes: z.array(positive).default([64, 128, 256, 512]),
  /** Height over width. */
  aspect_ratios: z.array(positive).default([0.5, 1, 2]),
  /** Proposals: how many of the best logits are looked at, the overlap that suppresses, how many are kept. */
  rpn: z
    .object({
      pre_nms: count.default(6000),
      post_nms: count.default(300),
      nms: positive.default(0.7),
    })
    .prefault({}),
  /** What the deltas of boxes are divided by: x, y, width, height. */
  box_weights: z.tuple([positive, positive, positive, positive]).default([10, 10, 5, 5]),
  maxnms: z
    .object({ nms: positive.default(0.5), min: count.default(36), max: count.default(36) })
    .prefault({}),
  adaptive: z
    .object({
      nms: positive.default(0.3),
      confidence: z.number().min(0).max(1).default(0.2),
      min: count.default(10),
      max: count.default(100),
    })
    .prefault({}),
  pixel_mean_bgr: z.tuple([z.number(), z.number(), z.number()]).default([102.9801, 115.9465, 122.7717]),
})
export type FasterRcnnSettings = z.infer<typeof settingsSchema>

const triple = z.tuple([z.number(), z.number(), z.number()])

/** How a photograph becomes the picture that a network of a fixed input takes. */
const pictureSchema = z.object({
  input: z.tuple([count, count]).describe('height, width'),
  /** Of bytes from 0 to 255, a channel each, in the order of `color`: (value - mean) / std. */
  mean: triple,
  std: triple,
  color: z.enum(['rgb', 'bgr']),
})
export type PictureConfig = z.infer<typeof pictureSchema>

export const detectorConfig = z.discriminatedUnion('network', [
  settingsSchema.extend({
    network: z.literal('faster-rcnn'),
    /** Numbers of a region. */
    width: count,
    /** The anchors of a cell: x1, y1, x2, y2 about the cell's corner. */
    anchors: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])),
  }),
  pictureSchema.extend({ network: z.literal('efficientnet-lite0'), width: count }),
  pictureSchema.extend({
    network: z.literal('onnx'),
    width: count,
    /** Names of the graph's outputs, and what the boxes count: pixels of the input, or shares of it. */
    outputs: z.object({ features: z.string(), boxes: z.string().optional() }),
    boxes: z.enum(['pixels', 'shares']).default('pixels'),
  }),
])
export type DetectorConfig = z.infer<typeof detectorConfig>
export type FasterRcnnConfig = Extract<DetectorConfig, { network: 'faster-rcnn' }>
export type OnnxConfig = Extract<DetectorConfig, { network: 'onnx' }>
export type GridConfig = Extract<DetectorConfig, { network: 'efficientnet-lite0' }>
