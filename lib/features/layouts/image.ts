/** One image's features, whatever layout they come from. */

import { keyOf } from '../../records.js'

/** One image's regions, and their boxes if the layout has boxes: what `m2 pack` writes. */
export interface ImageFeatures {
  image_id: string
  features: Matrix
  boxes?: Matrix | undefined
  /** Where it was read, for errors: a file, or a line of one. */
  place?: string
}

/** Rows of float32 values. */
export interface Matrix {
  data: Float32Array
  shape: readonly [rows: number, width: number]
}

/** An image's id from the name of its file or its dataset. */
export const imageIdOf = (name: string): string => keyOf(name)
