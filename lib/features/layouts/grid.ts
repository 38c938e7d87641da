/** Grids and lists of features: which of an array's dimensions are places in the image, and which the feature. */
import { DataError } from '../../errors.js'
import type { Matrix } from './image.js'

/** The order of a grid's dimensions: height, width, channels; or channels, height, width. */
export const gridLayouts = ['hwc', 'chw'] as const
export type GridLayout = (typeof gridLayouts)[number]

/** How an array of features divides into regions. */
export interface RegionShape {
  readonly regions: number
  /** Numbers of each region. */
  readonly width: number
  /** Whether a channel's numbers lie together, so that regions have to be gathered. */
  readonly channelsFirst: boolean
}

/**
 * The regions of an array: (regions, width), a grid (h, w, c) or (c, h, w), or either with leading dimensions of 1. Channels
 * are many and grids are small, which tells the two grids apart, unless the lengths are too much alike.
 *
 * @param where names the array in errors
 * @param layout says which it is; it wins over what the shape tells
 * @throws DataError for a rank that has no regions, and for a shape that could be either
 */
export function regionShape(shape: readonly number[], where: string, layout?: GridLayout): RegionShape {
  const lengths = [...shape]
  while (lengths.length > 2 && lengths[0] === 1) lengths.shift()
  const [a = 1, b = 1, c = 1] = lengths
  if (lengths.length === 1) return { regions: a, width: 1, channelsFirst: false }
  if (lengths.length === 2) {
    const transposed = layout === 'chw'
    return transposed
      ? { regions: b, width: a, channelsFirst: true }
      : { regions: a, width: b, channelsFirst: false }
  }
  if (lengths.length !== 3)
    throw new DataError(
      `${where}: expected (regions, width) or a grid (h, w, c) or (c, h, w), got (${shape.join(', ')})`,
    )
  const order = layout ?? orderOf(a, b, c)
  if (order === undefined)
    throw new DataError(
      `${where}: (${shape.join(', ')}) may be (h, w, c) or (c, h, w): --layout hwc or --layout chw says which`,
    )
  return order === 'hwc'
    ? { regions: a * b, width: c, channelsFirst: false }
    : { regions: b * c, width: a, channelsFirst: true }
}

/** Channels outnumber the larger side of a grid by this, or the shape does not tell. */
const clearly = 2

function orderOf(a: number, b: number, c: number): GridLayout | undefined {
  if (c >= clearly * Math.max(a, b)) return 'hwc'
  if (a >= clearly * Math.max(b, c)) return 'chw'
  return undefined
}

/** An array as (regions, width). @throws DataError as {@link regionShape} */
export function matrixOf(
  data: Float32Array,
  shape: readonly number[],
  { where, layout }: { where: string; layout?: GridLayout | undefined },
): Matrix {
  const { regions, width, channelsFirst } = regionShape(shape, where, layout)
  if (!channelsFirst) return { data, shape: [regions, width] }
  const gathered = new Float32Array(data.length)
  for (let region = 0; region < regions; region++)
    for (let channel = 0; channel < width; channel++)
      gathered[region * width + channel] = data[channel * regions + region]! // inside: the lengths' product is the data's
  return { data: gathered, shape: [regions, width] }
}
