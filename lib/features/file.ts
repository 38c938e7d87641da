/** HDF5 files of features, opened for fast reading. */

import { closeSync, fstatSync, openSync } from 'node:fs'
import { DataError } from '../errors.js'
import { readContiguous } from './contiguous.js'
import { seekable } from '../files/input.js'
import { cannotRead } from '../files/refusal.js'
import { firstNonFinite } from '../formats/floats.js'
import { cachedIndex } from '../formats/hdf5/cache.js'
import { datatypes, type DatasetIndex } from '../formats/hdf5/datasets.js'
import { openLibrary, type LibraryFile } from '../formats/hdf5/libhdf5.js'
import { readSuperblock } from '../formats/hdf5/superblock.js'

/** An open HDF5 file of features: datasets of (regions, width) numbers in its root group. */
export interface FeatureFile {
  readonly file: string
  has(dataset: string): boolean
  /** The same for a dataset within a group, `42/features`, too. */
  found(dataset: string): Promise<boolean>
  /** Throws DataError for a missing dataset. */
  shape(dataset: string): readonly number[]
  datasets(): Iterable<string>
  /** The groups in the root group. */
  groups(): Iterable<string>
  /** The shape of a dataset within a group as well. */
  shapeOf(dataset: string): Promise<readonly number[]>
  /**
   * Reads all values of a dataset of any rank, in a group or not; or of one row of a table.
   *
   * @throws DataError as `read`, and where there are more values than an image has
   */
  readAll(dataset: string, row?: number): Promise<{ data: Float32Array; shape: readonly number[] }>
  /**
   * Reads the first regions of a dataset as float32 to the start of `out`; the rest of `out` is not touched.
   * Any number of reads may run at the same time.
   *
   * @param maxRegions the largest number of regions; `out` must have room for them
   * @returns the number of regions read
   * @throws DataError for a dataset that is missing, has not rank 1 or 2, does not fit or cannot be read, and for values
   *   that are not finite (checked the first time that a dataset is read)
   */
  read(dataset: string, out: Float32Array, maxRegions?: number): Promise<number>
  close(): void
}

/**
 * Opens a file for reading features. Contiguous datasets are found by an index of the file and read directly into the
 * caller's buffer; all others are read by libhdf5.
 *
 * @param cache whether the index of a large file is kept beside it (or in the user's cache folder, if that place is not
 *   writable) and used again as long as the file has the same size and time
 * @throws DataError for a file that is not HDF5 or is incomplete
 */
export async function openFeatures(file: string, { cache = true } = {}): Promise<FeatureFile> {
  const path = await seekable(file)
  const fd = openToRead(path, file)
  let library: Promise<LibraryFile> | undefined
  let index: DatasetIndex | undefined
  let listed: LibraryFile | undefined
  const useLibrary = () => (library ??= openLibrary(path, file))
  try {
    const superblock = readSuperblock(fd, file)
    index = cachedIndex(fd, file, superblock, cache && path === file)
    // Only libhdf5 can list the group, or describe some of the datasets.
    if (!index || index.rank.subarray(0, index.names.size).includes(0)) listed = await useLibrary()
  } catch (error) {
    closeSync(fd)
    throw error
  }
  const listedNames = index ? [] : (listed?.names() ?? [])
  const groups: ReadonlySet<string> =
    index?.groups ?? new Set(listedNames.filter((name) => listed?.isGroup(name)))
  const names: ReadonlyMap<string, number> =
    index?.names ?? new Map(listedNames.filter((name) => !groups.has(name)).map((name, row) => [name, row]))
  const checked = new Uint32Array(names.size) // for each dataset, how many regions are known to be finite

  const rowOf = (dataset: string) => {
    const row = names.get(dataset)
    if (row === undefined) throw new DataError(`no dataset ${dataset} in ${file}`)
    return row
  }
  const shapeOf = (dataset: string): readonly number[] => {
    const row = rowOf(dataset)
    const elsewhere = index?.external.get(dataset)
    if (elsewhere !== undefined)
      throw new DataError(
        `${file}: the values of ${dataset} are in another file, ${elsewhere}, which m2 does not read; ` +
          'h5repack writes a file that holds them',
      )
    const rank = index?.rank[row] ?? 0
    if (!index || rank === 0) return listed?.shape(dataset) ?? []
    return [index.regions[row] ?? 0, index.width[row] ?? 0].slice(0, rank)
  }

  function refuseNonFinite(values: Float32Array, dataset: string, width: number): void {
    const bad = firstNonFinite(values)
    if (bad >= 0)
      throw new DataError(
        `${file}: ${dataset}: expected finite features, got ${values[bad]} in region ${Math.floor(bad / width)}`,
      )
  }

  async function read(dataset: string, out: Float32Array, maxRegions = Infinity): Promise<number> {
    const row = rowOf(dataset)
    const shape = shapeOf(dataset)
    const [all = 0, width = 1] = shape
    if (shape.length !== 1 && shape.length !== 2)
      throw new DataError(`${file}: ${dataset}: expected shape (regions, width), got (${shape.join(', ')})`)
    const regions = Math.min(all, maxRegions)
    if (regions * width > out.length)
      throw new DataError(
        `${file}: ${dataset}: expected at most ${out.length} values, got (${regions}, ${width})`,
      )
    const values = out.subarray(0, regions * width)
    const type = index && (index.rank[row] ?? 0) > 0 ? datatypes[index.type[row] ?? 0] : undefined
    if (type && index) await readContiguous({ fd, file, offset: index.offset[row] ?? 0, type }, values)
    else (await useLibrary()).read(dataset, values)
    if (regions > (checked[row] ?? 0)) {
      refuseNonFinite(values, dataset, width)
      checked[row] = regions
    }
    return regions
  }

  return {
    file,
    has: (dataset) => names.has(dataset),
    found: async (dataset) =>
      dataset.includes('/') ? (await useLibrary()).has(dataset) : names.has(dataset),
    shape: shapeOf,
    shapeOf: async (dataset) =>
      dataset.includes('/') ? (await useLibrary()).shape(dataset) : shapeOf(dataset),
    datasets: () => names.keys(),
    groups: () => groups,
    async readAll(dataset, row) {
      const nested = dataset.includes('/')
      const whole = nested ? (await useLibrary()).shape(dataset) : shapeOf(dataset)
      const shape = row === undefined ? whole : whole.slice(1)
      const size = shape.reduce((product, length) => product * length, 1)
      if (!(size <= mostValues))
        throw new DataError(
          `${file}: ${dataset}: expected the features of one image, got shape (${shape.join(', ')})`,
        )
      const data = new Float32Array(size)
      if (row === undefined && !nested && shape.length <= 2) await read(dataset, data)
      else {
        ;(await useLibrary()).read(dataset, data, row ?? 0)
        refuseNonFinite(data, dataset, shape.at(-1) ?? 1)
      }
      return { data, shape }
    },
    read,
    close() {
      closeSync(fd)
      void library?.then((opened) => opened.close())
    },
  }
}

/** Values of one image at most: a thousand times those of 50 regions of 2,048 numbers. */
export const mostValues = 2 ** 27

function openToRead(path: string, file: string): number {
  try {
    const fd = openSync(path, 'r')
    if (fstatSync(fd).isFile()) return fd
    closeSync(fd)
  } catch (error) {
    throw cannotRead(file, error)
  }
  throw new DataError(`cannot read ${file}: expected an HDF5 file, got something else, such as a directory`)
}
