/** Where regions are in their images. */

import * as z from 'zod'
import { DataError } from '../errors.js'
import type { Features } from '../records.js'
import { boxesBeside } from './layouts/naming.js'
import { createFeatureFiles } from './open-files.js'

/** A region's place in its image: left, top, right and bottom, in pixels. */
export type RegionBox = readonly [x1: number, y1: number, x2: number, y2: number]

/** Reads the boxes of regions. The reference layout has `ID_boxes` (regions, 4) beside `ID_features`. */
export interface BoxReader {
  /**
   * @returns a box for each region of the record; undefined where the file has no boxes or the features are inline
   * @throws DataError for boxes of another shape
   */
  read(features: Features): Promise<RegionBox[] | undefined>
  close(): Promise<void>
}

/**
 * The boxes of a record's regions: its own `boxes`, as m2 detect gives them, or those in the file of its features.
 *
 * @throws DataError as {@link BoxReader}
 */
export async function boxesOf(
  record: { readonly features: Features; readonly boxes?: unknown },
  reader: BoxReader,
): Promise<RegionBox[] | undefined> {
  const own = listOfBoxes.safeParse(record.boxes)
  return own.success && own.data.length >= record.features.shape[0]
    ? own.data
    : await reader.read(record.features)
}

const listOfBoxes = z.array(z.tuple([z.number(), z.number(), z.number(), z.number()]))

/** @param base folder that relative paths of files start from */
export function createBoxReader(base?: string): BoxReader {
  const files = createFeatureFiles(base)
  return {
    async read(features) {
      if ('data' in features) return undefined
      const file = await files.open(features.file)
      const dataset = boxesBeside(features.dataset)
      if (dataset === undefined || !(await file.found(dataset))) return undefined
      const [regions] = features.shape
      const stored = await file.shapeOf(dataset)
      const [boxes = 0, width] = features.row === undefined ? stored : stored.slice(1)
      if (width !== 4 || boxes < regions)
        throw new DataError(`${file.file}: ${dataset}: expected (${regions}, 4), got (${stored.join(', ')})`)
      const { data: values } = await file.readAll(dataset, features.row)
      return Array.from({ length: regions }, (_, i): RegionBox => {
        const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = values.subarray(4 * i, 4 * i + 4)
        return [rounded(x1), rounded(y1), rounded(x2), rounded(y2)]
      })
    },
    close: () => files.close(),
  }
}

/** Boxes are in pixels or in fractions of the image; four decimals are enough for both. */
const rounded = (value: number) => Math.round(value * 1e4) / 1e4
