/** Boxes of images: x1, y1, x2, y2 in pixels, four numbers each in one array. */

/** Of deltas dx, dy, dw, dh from a box to another (Girshick et al., CVPR 2014, appendix C). */
export interface BoxCoding {
  /** What deltas are divided by. */
  readonly weights: readonly [number, number, number, number]
}

/** Beyond this, dw and dh are cut: no box grows by more than 1000 / 16, as Detectron has it. */
const mostGrowth = Math.log(1000 / 16)

/**
 * Moves and scales box `i` of `boxes` by deltas, into box `to` of `out`.
 *
 * @param deltas dx, dy, dw, dh at `at`
 */
export function decodeBox(
  boxes: ArrayLike<number>,
  i: number,
  deltas: readonly [number, number, number, number],
  { weights: [wx, wy, ww, wh] }: BoxCoding,
  out: Float32Array,
  to: number,
): void {
  const [x1, y1] = [boxes[4 * i]!, boxes[4 * i + 1]!]
  const width = boxes[4 * i + 2]! - x1
  const height = boxes[4 * i + 3]! - y1
  const [dx, dy, dw, dh] = deltas
  // The middle and half the size are float32 before they are added: a box that shrank below its rounding is empty.
  const x = Math.fround((dx / wx) * width + x1 + 0.5 * width)
  const y = Math.fround((dy / wy) * height + y1 + 0.5 * height)
  const halfWidth = Math.fround(0.5 * Math.exp(Math.min(dw / ww, mostGrowth)) * width)
  const halfHeight = Math.fround(0.5 * Math.exp(Math.min(dh / wh, mostGrowth)) * height)
  out[4 * to] = x - halfWidth
  out[4 * to + 1] = y - halfHeight
  out[4 * to + 2] = x + halfWidth
  out[4 * to + 3] = y + halfHeight
}

/** Cuts boxes at the border of an image. */
export function clipBoxes(boxes: Float32Array, width: number, height: number): void {
  for (let i = 0; i < boxes.length; i++)
    boxes[i] = Math.min(Math.max(boxes[i]!, 0), i % 2 === 0 ? width : height)
}

/** Boxes in coordinates of another size: x times `scaleX`, y times `scaleY`. */
export const scaleBoxes = (boxes: Float32Array, scaleX: number, scaleY: number): Float32Array =>
  boxes.map((value, i) => value * (i % 2 === 0 ? scaleX : scaleY))

/** The boxes of these rows, in their order. */
export function takeRows(values: Float32Array, width: number, rows: readonly number[]): Float32Array {
  const taken = new Float32Array(rows.length * width)
  rows.forEach((row, to) => taken.set(values.subarray(row * width, (row + 1) * width), to * width))
  return taken
}
