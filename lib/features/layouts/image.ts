/** One image's features, whatever layout they come from. */

import { keyOf } from '../../records.js'

/** One image's regions, and their boxes if the layout has boxes: what `m2 pack` writes. */
export interface ImageFeatures {
  image_id: string
  features: Matrix
  boxes?: Matrix | undefined
  /** Where the image is in its source, for errors: `line 12`. */
  place?: string
}

/** Rows of float32 values. */
export interface Matrix {
  data: Float32Array
  shape: readonly [rows: number, width: number]
}

/** An image's id from the name of its file or its dataset. */
export const imageIdOf = (name: string): string => keyOf(name)

/** Values as a matrix: the last dimension is the width, all others are regions, as in a (7, 7, 2048) grid. */
export function asMatrix(data: Float32Array, shape: readonly number[]): Matrix {
  const width = shape.at(-1) ?? 1
  return { data, shape: [width === 0 ? 0 : data.length / width, width] }
}
