/**
 * Where the randomness of dropout comes from. An element is dropped when the product of its row's noise and its
 * column's, an int32 that wraps around, is below a threshold. The product is uniform for every column, because a column's
 * noise is odd; it costs one pass over memory; and since a row's noise is an input, two passes over the same rows, even in
 * another order, can share their masks.
 */
import { hash, hashText } from '../random.js'

/**
 * The noise of `length` columns: odd, of 21 bits, so that its product with an int32 is exact in a double and every
 * engine, JavaScript's numbers included, computes the same mask.
 */
export function columnNoise(key: string, length: number): Int32Array {
  const seed = hashText(key)
  return Int32Array.from({ length }, (_, column) => (hash(seed, column) >>> 11) | 1)
}

/** The noise of `length` rows: uniform over the int32, a pure function of the seed and the row. */
export function rowNoise(seed: number, length: number): Int32Array {
  return Int32Array.from({ length }, (_, row) => hash(seed, row))
}

/** The noise of an image's region, in a pass of this seed. */
export const regionNoise = (seed: number, image: number, region: number): number =>
  hash(hash(seed, image), region)

/** The noise of a word at a position of one of an image's captions or beams, in a pass of this seed. */
export const wordNoise = (seed: number, image: number, row: number, position: number): number =>
  hash(hash(hash(~seed, image), row), position)

/** Products below this are dropped: a share `rate` of the int32. */
export const dropThreshold = (rate: number): number => Math.round(rate * 2 ** 32) - 2 ** 31
