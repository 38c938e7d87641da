/** One image's features, whatever layout they come from. */

/** One image's regions, and their boxes if the layout has boxes: what `m2 pack` writes. */
export interface ImageFeatures {
  image_id: string
  features: Matrix
  boxes?: Matrix | undefined
}

/** Rows of float32 values. */
export interface Matrix {
  data: Float32Array
  shape: readonly [rows: number, width: number]
}

/** An image's id from a file name: `COCO_val2014_000000391895` becomes 391895; other names are not changed. */
export function imageIdOf(name: string): string {
  return /^COCO_[a-z]+20\d\d_0*(\d+)$/.exec(name)?.[1] ?? name
}

/** Values as a matrix: the last dimension is the width, all others are regions, as in a (7, 7, 2048) grid. */
export function asMatrix(data: Float32Array, shape: readonly number[]): Matrix {
  const width = shape.at(-1) ?? 1
  return { data, shape: [width === 0 ? 0 : data.length / width, width] }
}
