/** Greedy non-maximum suppression: of boxes that overlap, the one of the best score stays. */

/**
 * @param boxes x1, y1, x2, y2 of each
 * @param scores one a box; equal ones are taken in the order of the boxes
 * @param threshold intersection over union above which a box is suppressed
 * @param most how many boxes to keep at most
 * @returns rows of the boxes that stay, the best score first
 */
export function nonMaximumSuppression(
  boxes: Float32Array,
  scores: ArrayLike<number>,
  threshold: number,
  most = Infinity,
): number[] {
  const kept: number[] = []
  for (const row of byScore(scores)) {
    if (kept.length >= most) break
    if (!kept.some((better) => overlap(boxes, better, row) > threshold)) kept.push(row)
  }
  return kept
}

/** Rows by their scores, the best first; equal ones in their order. */
export function byScore(scores: ArrayLike<number>): Int32Array {
  return Int32Array.from({ length: scores.length }, (_, row) => row).sort(
    (a, b) => scores[b]! - scores[a]! || a - b,
  )
}

/**
 * Whether boxes overlap by more than a threshold, of each with each: row * count + other. Suppression by many sets of scores
 * looks it up instead of computing it for each.
 */
export function overlaps(boxes: Float32Array, threshold: number): Uint8Array {
  const count = boxes.length / 4
  const table = new Uint8Array(count * count)
  for (let row = 0; row < count; row++)
    for (let other = row + 1; other < count; other++)
      if (overlap(boxes, row, other) > threshold) table[row * count + other] = table[other * count + row] = 1
  return table
}

/** Intersection over union. */
function overlap(boxes: Float32Array, a: number, b: number): number {
  const [i, j] = [4 * a, 4 * b]
  const width = Math.min(boxes[i + 2]!, boxes[j + 2]!) - Math.max(boxes[i]!, boxes[j]!)
  const height = Math.min(boxes[i + 3]!, boxes[j + 3]!) - Math.max(boxes[i + 1]!, boxes[j + 1]!)
  if (width <= 0 || height <= 0) return 0
  const shared = width * height
  return shared / (areaOf(boxes, i) + areaOf(boxes, j) - shared)
}

const areaOf = (boxes: Float32Array, i: number) =>
  (boxes[i + 2]! - boxes[i]!) * (boxes[i + 3]! - boxes[i + 1]!)
