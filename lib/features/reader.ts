/** The features of records, read into the rows of a batch. */

import pLimit from 'p-limit'
import { DataError } from '../errors.js'
import type { FeatureReference, Features, InlineFeatures } from '../records.js'
import { firstNonFinite, float32FromBase64 } from '../formats/floats.js'
import { regionShape } from './layouts/grid.js'
import { createFeatureFiles } from './open-files.js'
import { mostValues, type FeatureFile } from './file.js'

/** Reads the features of records, which refer to HDF5 files or hold them inline, into the rows of a batch. */
export interface FeatureReader {
  /**
   * Writes the regions of one image, padded with zeros, to row `row` of `out` (batch, regions, width).
   *
   * @returns the number of regions of the image, at most `regions`
   * @throws DataError with file and dataset, if it is missing, of another width, shorter than the record says or not finite
   */
  read(features: Features, out: Float32Array, row: number): Promise<number>
  /** The same for a whole batch, read concurrently: image i into row i. */
  readMany(batch: readonly Features[], out: Float32Array): Promise<number[]>
  /** The values of one image in the shape that its record gives. */
  readWhole(features: Features): Promise<Float32Array>
  /** Closes the files, after all reads have ended. */
  close(): Promise<void>
}

/**
 * @param regions rows of an image in the batch: longer images are cut, as in the reference, shorter ones padded with zeros
 * @param width the number of values of a region: 2048 for bottom-up features
 * @param base folder that relative paths of files start from; default: the current one
 * @param concurrency the number of reads at the same time
 */
export function createFeatureReader({
  regions,
  width,
  base,
  concurrency = 8,
}: {
  regions: number
  width: number
  base?: string | undefined
  concurrency?: number
}): FeatureReader {
  const files = createFeatureFiles(base)
  const reading = pLimit(concurrency)

  /** Reads the leading `wanted` regions to the start of `target`. */
  async function readRegions(features: Features, target: Float32Array, wanted: number): Promise<void> {
    if ('data' in features) decodeInline(features, target.subarray(0, wanted * features.shape[1]))
    else await readReference(await files.open(features.file), features, target, wanted)
  }

  async function read(features: Features, out: Float32Array, row: number): Promise<number> {
    const size = regions * width
    const target = out.subarray(row * size, (row + 1) * size)
    if (target.length !== size) throw new RangeError(`row ${row} is past the end of the batch`)
    const [stored, found] = features.shape
    if (found !== width)
      throw new DataError(`${nameOf(features)}: expected features of width ${width}, got ${found}`)
    const wanted = Math.min(stored, regions)
    await readRegions(features, target, wanted)
    target.fill(0, wanted * width)
    return wanted
  }

  return {
    read,
    readMany: (batch, out) =>
      Promise.all(batch.map((features, row) => reading(() => read(features, out, row)))),
    async readWhole(features) {
      const values = new Float32Array(sizeOfImage(features))
      await readRegions(features, values, features.shape[0])
      return values
    },
    close: () => files.close(),
  }
}

async function readReference(
  file: FeatureFile,
  { dataset, row, shape }: FeatureReference,
  target: Float32Array,
  wanted: number,
): Promise<void> {
  const stored = await file.shapeOf(dataset)
  const place = `${file.file}: ${dataset}${row === undefined ? '' : `: row ${row}`}`
  const { regions, width } = regionShape(row === undefined ? stored : stored.slice(1), place)
  if (width !== shape[1] || regions < shape[0])
    throw new DataError(
      `${place}: the record says (${shape.join(', ')}), the file (${stored.join(', ')}): ` +
        'it has changed since m2 features read it',
    )
  if (row === undefined && stored.length <= 2 && file.has(dataset)) await file.read(dataset, target, wanted)
  else target.set((await file.readAll(dataset, row)).data.subarray(0, wanted * width))
}

/** Decodes the leading values of little-endian base64. */
function decodeInline({ data, shape }: InlineFeatures, target: Float32Array): void {
  const name = nameOf({ data, shape, dtype: 'float32' })
  const values = float32FromBase64(data, name)
  if (values.length !== shape[0] * shape[1])
    throw new DataError(`${name}: expected shape (${shape.join(', ')}), got ${values.length} values`)
  target.set(values.subarray(0, target.length))
  const bad = firstNonFinite(target)
  if (bad >= 0)
    throw new DataError(
      `${name}: expected finite values, got ${target[bad]} in region ${Math.floor(bad / shape[1])}`,
    )
}

/** Values of an image as its record says. @throws DataError for more than an image has */
function sizeOfImage({ shape: [regions, width], ...features }: Features): number {
  if (regions * width <= mostValues) return regions * width
  throw new DataError(
    `${nameOf({ shape: [regions, width], ...features } as Features)}: (${regions}, ${width}) are more values than an image has`,
  )
}

function nameOf(features: Features): string {
  if (!('data' in features)) return `${features.file}: ${features.dataset}`
  // Records of a batch are not known here: the start of the data tells which one it is.
  return `inline features (${features.shape.join(', ')}) ${JSON.stringify(`${features.data.slice(0, 24)}...`)}`
}
