/** HDF5 files of features, opened for fast reading. */

import { closeSync, fstatSync, openSync, read as readBytes } from 'node:fs'
import { DataError, messageOf } from '../errors.js'
import { cannotRead } from '../files/refusal.js'
import { firstNonFinite, float16, littleEndian } from '../formats/floats.js'
import { cachedIndex } from '../formats/hdf5/cache.js'
import { bytesOf, datatypes, type DatasetIndex } from '../formats/hdf5/datasets.js'
import { openLibrary, type LibraryFile } from '../formats/hdf5/libhdf5.js'
import { readSuperblock } from '../formats/hdf5/superblock.js'

/** An open HDF5 file of features: datasets of (regions, width) numbers in its root group. */
export interface FeatureFile {
  readonly file: string
  has(dataset: string): boolean
  /** Throws DataError for a missing dataset. */
  shape(dataset: string): readonly number[]
  datasets(): Iterable<string>
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
  const fd = openToRead(file)
  let library: Promise<LibraryFile> | undefined
  let index: DatasetIndex | undefined
  let listed: LibraryFile | undefined
  const useLibrary = () => (library ??= openLibrary(file))
  try {
    const superblock = readSuperblock(fd, file)
    index = cachedIndex(fd, file, superblock, cache)
    // Only libhdf5 can list the group, or describe some of the datasets.
    if (!index || index.rank.subarray(0, index.names.size).includes(0)) listed = await useLibrary()
  } catch (error) {
    closeSync(fd)
    throw error
  }
  const names: ReadonlyMap<string, number> =
    index?.names ?? new Map(listed?.names().map((name, row) => [name, row]))
  const checked = new Uint32Array(names.size) // for each dataset, how many regions are known to be finite

  const rowOf = (dataset: string) => {
    const row = names.get(dataset)
    if (row === undefined) throw new DataError(`no dataset ${dataset} in ${file}`)
    return row
  }
  const shapeOf = (dataset: string): readonly number[] => {
    const row = rowOf(dataset)
    const rank = index?.rank[row] ?? 0
    if (!index || rank === 0) return listed?.shape(dataset) ?? []
    return [index.regions[row] ?? 0, index.width[row] ?? 0].slice(0, rank)
  }

  return {
    file,
    has: (dataset) => names.has(dataset),
    shape: shapeOf,
    datasets: () => names.keys(),
    async read(dataset, out, maxRegions = Infinity) {
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
      if (type && index) await readContiguous(fd, index.offset[row] ?? 0, type, values)
      else (await useLibrary()).read(dataset, values)
      if (regions > (checked[row] ?? 0)) {
        const bad = firstNonFinite(values)
        if (bad >= 0)
          throw new DataError(
            `${file}: ${dataset}: expected finite features, got ${values[bad]} in region ${Math.floor(bad / width)}`,
          )
        checked[row] = regions
      }
      return regions
    },
    close() {
      closeSync(fd)
      void library?.then((opened) => opened.close())
    },
  }
}

function openToRead(file: string): number {
  try {
    const fd = openSync(file, 'r')
    if (fstatSync(fd).isFile()) return fd
    closeSync(fd)
  } catch (error) {
    throw cannotRead(file, error)
  }
  throw new DataError(`cannot read ${file}: expected an HDF5 file, got something else, such as a directory`)
}

/** Reads little-endian numbers of `type` at `offset` into `values`, in place where they are float32. */
async function readContiguous(
  fd: number,
  offset: number,
  type: (typeof datatypes)[number],
  values: Float32Array,
): Promise<void> {
  const direct = type === 'float32' && littleEndian
  const bytes = direct
    ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    : new Uint8Array(values.length * bytesOf[type])
  await pread(fd, bytes, offset)
  if (direct) return
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++)
    values[i] =
      type === 'float16'
        ? float16(view.getUint16(2 * i, true))
        : type === 'float32'
          ? view.getFloat32(4 * i, true)
          : view.getFloat64(8 * i, true)
}

/** Fills `bytes`. The callback form of fs.read takes two thirds of the time of a FileHandle's. */
function pread(fd: number, bytes: Uint8Array, position: number, at = 0): Promise<void> {
  return new Promise((resolve, reject) => {
    if (at === bytes.length) return resolve()
    readBytes(fd, bytes, at, bytes.length - at, position + at, (error, count) => {
      if (error) reject(new DataError(`cannot read features: ${messageOf(error)}`, { cause: error }))
      else if (count === 0) reject(new DataError('cannot read features: the file ends early'))
      else if (at + count === bytes.length) resolve()
      else resolve(pread(fd, bytes, position, at + count))
    })
  })
}
