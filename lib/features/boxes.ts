/** Where regions are in their images. */

import { DataError } from '../errors.js'
import type { Features } from '../records.js'
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

export function createBoxReader(): BoxReader {
  const files = createFeatureFiles()
  return {
    async read(features) {
      if ('data' in features) return undefined
      const file = await files.open(features.file)
      const dataset = features.dataset.replace(/_features$/, '_boxes')
      if (dataset === features.dataset || !file.has(dataset)) return undefined
      const [regions] = features.shape
      const [boxes = 0, width] = file.shape(dataset)
      if (width !== 4 || boxes < regions)
        throw new DataError(
          `${file.file}: ${dataset}: expected (${regions}, 4), got (${file.shape(dataset).join(', ')})`,
        )
      const values = new Float32Array(regions * 4)
      await file.read(dataset, values, regions)
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
