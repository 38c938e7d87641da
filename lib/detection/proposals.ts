/** Proposals of a region proposal network (Ren et al., NeurIPS 2015): where there may be an object, of whatever class. */
import { clipBoxes, decodeBox, takeRows } from './boxes.js'
import { byScore, nonMaximumSuppression } from './nms.js'

/** What the network says of every anchor of every cell. */
export interface RpnOutput {
  /** (anchors, height, width) logits */
  readonly objectness: Float32Array
  /** (anchors * 4, height, width): of each anchor dx, dy, dw, dh */
  readonly deltas: Float32Array
  /** Cells. */
  readonly height: number
  readonly width: number
}

export interface ProposalOptions {
  /** x1, y1, x2, y2 of the anchors of a cell, about its corner. */
  readonly anchors: readonly (readonly [number, number, number, number])[]
  /** Pixels of a cell. */
  readonly stride: number
  /** Pixels of the image that boxes are cut at. */
  readonly image: { readonly width: number; readonly height: number }
  /** How many of the best logits are looked at, the overlap that suppresses, how many are kept. */
  readonly rpn: { readonly pre_nms: number; readonly nms: number; readonly post_nms: number }
}

export interface Proposals {
  readonly count: number
  /** (count, 4) */
  readonly boxes: Float32Array
  /** Of each, the best first. */
  readonly logits: Float32Array
}

/** The boxes that the best anchors were moved to, without those that are empty and those that a better one overlaps. */
export function proposalsOf(output: RpnOutput, { anchors, stride, image, rpn }: ProposalOptions): Proposals {
  const cells = output.height * output.width
  const best = byScore(output.objectness).subarray(0, rpn.pre_nms)
  const boxes = new Float32Array(4 * best.length)
  best.forEach((index, to) => {
    const anchor = Math.floor(index / cells)
    const cell = index % cells
    const [x, y] = [(cell % output.width) * stride, Math.floor(cell / output.width) * stride]
    const [x1, y1, x2, y2] = anchors[anchor]!
    const delta = (k: number) => output.deltas[(4 * anchor + k) * cells + cell]!
    const deltas = [delta(0), delta(1), delta(2), delta(3)] as const
    decodeBox([x1 + x, y1 + y, x2 + x, y2 + y], 0, deltas, unweighted, boxes, to)
  })
  clipBoxes(boxes, image.width, image.height)
  const rows = Array.from(best.keys()).filter(
    (row) => boxes[4 * row + 2]! > boxes[4 * row]! && boxes[4 * row + 3]! > boxes[4 * row + 1]!,
  )
  const found = takeRows(boxes, 4, rows)
  const logits = Float32Array.from(rows, (row) => output.objectness[best[row]!]!)
  const kept = nonMaximumSuppression(found, logits, rpn.nms, rpn.post_nms)
  return {
    count: kept.length,
    boxes: takeRows(found, 4, kept),
    logits: Float32Array.from(kept, (row) => logits[row]!),
  }
}

const unweighted = { weights: [1, 1, 1, 1] } as const

/**
 * The anchors of a cell: for each size, for each ratio of height to width, a box of size^2 pixels about the cell's corner.
 */
export function anchorsOf(
  sizes: readonly number[],
  ratios: readonly number[],
): [number, number, number, number][] {
  return sizes.flatMap((size) =>
    ratios.map((ratio): [number, number, number, number] => {
      const width = Math.sqrt(size ** 2 / ratio)
      const height = ratio * width
      return [-width / 2, -height / 2, width / 2, height / 2]
    }),
  )
}
