/**
 * How a metric's statistics, one row per image, become scores: rows are summed, and the sums scored. Shards, groups
 * and bootstrap samples are sums of the same rows.
 */
export interface Metric {
  /** The scores it gives, as they are printed. */
  readonly names: readonly string[]
  /** Statistics per image. */
  readonly width: number
  /** Scores, one for each name, of statistics summed over `images` images. */
  score(sums: Float64Array, images: number): number[]
}

/** A metric whose corpus score is the mean of its images' scores. */
export function meanMetric(name: string): Metric {
  return { names: [name], width: 1, score: ([sum = 0], images) => [images === 0 ? 0 : sum / images] }
}

/**
 * Column sums of a table of rows, added up in numpy's order, so that a mean has numpy's last digit too.
 *
 * @returns (width)
 */
export function sumRows(rows: Float64Array, width: number): Float64Array {
  const images = rows.length / width
  return Float64Array.from({ length: width }, (_, column) =>
    pairwise((image) => rows[image * width + column]!, 0, images),
  )
}

// numpy's np.add.reduce: eight running sums over blocks of up to 128 numbers, blocks summed as a binary tree.
function pairwise(values: (i: number) => number, start: number, count: number): number {
  const at = (i: number) => values(start + i)
  if (count > 128) {
    const half = (count >> 1) - ((count >> 1) % 8)
    return pairwise(values, start, half) + pairwise(values, start + half, count - half)
  }
  let sum = 0
  let i = 0
  if (count >= 8) {
    const lanes = new Float64Array(8)
    for (; i + 8 <= count; i += 8) for (let lane = 0; lane < 8; lane++) lanes[lane]! += at(i + lane)
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = lanes
    sum = a + b + (c + d) + (e + f + (g + h))
  }
  for (; i < count; i++) sum += at(i)
  return sum
}
