/** Bottom-up attention's detector at work: photograph, proposals, features of proposals, selection. */
import { openSession, runSession, type SessionOptions } from '../engine/onnxruntime/session.js'
import { float32, type HostTensors } from '../tensor.js'
import { scaleBoxes, takeRows } from './boxes.js'
import type { FasterRcnnConfig } from './config.js'
import type { Detector, Regions, SelectionOptions } from './detector.js'
import { proposalGraph, regionGraph, sizesOf, stride, type RegionOutput } from './networks/faster-rcnn.js'
import { cellsOf } from './networks/resnet.js'
import type { Photograph } from './photograph.js'
import { proposalsOf, type Proposals } from './proposals.js'
import { pictureOf, resizedSize } from './resize.js'
import { selectAdaptive, selectMaxNms, softmax } from './selection.js'

export interface FasterRcnnSource {
  readonly config: FasterRcnnConfig
  readonly weights: HostTensors
  /** Where the weights came from, for errors. */
  readonly file: string
}

/** Photographs take some seconds each; the steps are apart so that each can be compared with a reference. */
export interface FasterRcnn extends Detector {
  /** A photograph resized, less the mean: (3, height, width). */
  resize(photograph: Photograph): Picture
  propose(picture: Picture): Promise<Proposed>
  /** Runs the region head over the boxes of proposals. */
  describe(proposed: Proposed, boxes: Float32Array): Promise<Described>
}

export interface Picture {
  readonly data: Float32Array
  readonly width: number
  readonly height: number
}

export interface Proposed extends Proposals {
  readonly res4: Float32Array
  readonly objectness: Float32Array
  readonly deltas: Float32Array
  /** Cells. */
  readonly rows: number
  readonly columns: number
}

/** What the region head computed, a row a proposal. */
export type Described = Readonly<Partial<Record<RegionOutput, Float32Array>>>

/** Proposals that go through the head at once: more would not be faster, and take more memory. */
const batch = 16

/** @throws DataError where a tensor is missing, or memory runs out */
export async function openFasterRcnn(
  source: FasterRcnnSource,
  options: SelectionOptions & { readonly classNames?: readonly string[] | undefined },
  session: SessionOptions,
  outputs: readonly RegionOutput[] = options.select === 'adaptive'
    ? ['features', 'classes']
    : ['features', 'classes', 'boxes'],
): Promise<FasterRcnn> {
  const { config } = source
  const { channels, classes, anchors, width } = sizesOf(source)
  const widths = widthsOf(source)
  const proposer = await openSession('proposals', proposalGraph(source), session)
  const describer = await openSession('regions', regionGraph(source, outputs), session)
  const adaptive = limits(config.adaptive, options)
  const maxnms = { ...config, maxnms: limits(config.maxnms, options) }

  function resize(photograph: Photograph): Picture {
    const size = resizedSize(photograph, { min: config.min_size, max: config.max_size, least: stride })
    return { ...size, data: pictureOf(photograph, { ...size, color: 'bgr', mean: config.pixel_mean_bgr }) }
  }

  async function propose({ data, width, height }: Picture): Promise<Proposed> {
    const [rows, columns] = [cellsOf(height), cellsOf(width)]
    const cells = rows * columns
    const res4 = new Float32Array(channels * cells)
    const objectness = new Float32Array(anchors * cells)
    const deltas = new Float32Array(4 * anchors * cells)
    await runSession(
      'proposals',
      proposer,
      { image: float32(data, 1, 3, height, width) },
      {
        res4: float32(res4, 1, channels, rows, columns),
        objectness: float32(objectness, 1, anchors, rows, columns),
        deltas: float32(deltas, 1, 4 * anchors, rows, columns),
      },
    )
    const image = { width, height }
    const found = proposalsOf(
      { objectness, deltas, height: rows, width: columns },
      { anchors: config.anchors, stride, image, rpn: config.rpn },
    )
    return { ...found, res4, objectness, deltas, rows, columns }
  }

  async function describe({ res4, rows, columns }: Proposed, boxes: Float32Array): Promise<Described> {
    const count = boxes.length / 4
    const { distinct, of } = distinctRegions(boxes)
    const computed = Object.fromEntries(
      outputs.map((name) => [name, new Float32Array(distinct.length * widths[name])]),
    )
    const map = float32(res4, 1, channels, rows, columns)
    for (let from = 0; from < distinct.length; from += batch) {
      const some = distinct.slice(from, from + batch)
      const regions = Float32Array.from(some.flatMap((row) => [0, ...boxes.subarray(4 * row, 4 * row + 4)]))
      const fetches = Object.fromEntries(
        outputs.map((name) => {
          const part = computed[name]!.subarray(from * widths[name], (from + some.length) * widths[name])
          return [name, float32(part, some.length, widths[name])]
        }),
      )
      await runSession(
        'regions',
        describer,
        { res4: map, regions: float32(regions, some.length, 5) },
        fetches,
      )
    }
    if (distinct.length === count) return computed
    return Object.fromEntries(outputs.map((name) => [name, takeRows(computed[name]!, widths[name], of)]))
  }

  async function detect(photograph: Photograph): Promise<Regions> {
    const picture = resize(photograph)
    const proposed = await propose(picture)
    const { features, classes: logits, boxes: deltas } = await describe(proposed, proposed.boxes)
    const probabilities = softmax(logits!, classes + 1)
    const scores = { probabilities, classes }
    const { kept, boxes } =
      options.select === 'adaptive'
        ? selectAdaptive(proposed, scores, adaptive)
        : selectMaxNms(proposed, scores, deltas!, picture, maxnms)
    return {
      count: kept.length,
      width,
      features: takeRows(features!, width, kept),
      boxes: scaleBoxes(boxes, photograph.width / picture.width, photograph.height / picture.height),
      probabilities: takeRows(probabilities, classes + 1, kept),
      classes,
    }
  }

  return {
    width,
    classNames: options.classNames,
    resize,
    propose,
    describe,
    detect,
    dispose() {
      void proposer.release()
      void describer.release()
    },
  }
}

/** Numbers that each output of the head has of a proposal. */
function widthsOf(source: FasterRcnnSource): Record<RegionOutput, number> {
  const { width, classes, channels } = sizesOf(source)
  const attributes = source.weights['roi_heads.box_predictor.attr_score.weight']?.shape[0] ?? 0
  return { features: width, classes: classes + 1, boxes: 4 * classes, attributes, pooled: channels }
}

/**
 * Proposals that round to the same cells are pooled from the same numbers, so that one of them stands for all.
 *
 * @returns the rows that are to be computed, and which of them each row is
 */
function distinctRegions(boxes: Float32Array): { distinct: number[]; of: number[] } {
  const known = new Map<string, number>()
  const distinct: number[] = []
  const of = Array.from({ length: boxes.length / 4 }, (_, row) => {
    const cells = boxes.subarray(4 * row, 4 * row + 4).map((value) => Math.round(value / stride))
    const key = cells.join()
    const seen = known.get(key)
    if (seen !== undefined) return seen
    known.set(key, distinct.length)
    distinct.push(row)
    return distinct.length - 1
  })
  return { distinct, of }
}

function limits<T extends { min: number; max: number; confidence?: number }>(
  settings: T,
  { minRegions, maxRegions, confidence }: SelectionOptions,
): T {
  const max = maxRegions ?? Math.max(settings.max, minRegions ?? 0)
  return {
    ...settings,
    min: minRegions ?? Math.min(settings.min, max),
    max,
    ...(confidence !== undefined && settings.confidence !== undefined && { confidence }),
  }
}
