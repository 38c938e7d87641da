/** What `m2 pack` gathers from any layout: one image's regions, and their boxes where the layout has them. */
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

/** An image's id from the name of a file: COCO's `COCO_val2014_000000391895` is 391895, any other name stays. */
export function imageIdOf(name: string): string {
  return /^COCO_[a-z]+20\d\d_0*(\d+)$/.exec(name)?.[1] ?? name
}

/** Values seen as rows of `width`: all but the last dimension are regions, as of a (7, 7, 2048) grid. */
export function asMatrix(data: Float32Array, shape: readonly number[]): Matrix {
  const width = shape.at(-1) ?? 1
  return { data, shape: [width === 0 ? 0 : data.length / width, width] }
}
