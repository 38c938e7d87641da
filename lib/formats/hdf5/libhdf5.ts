/** HDF5 by libhdf5 (h5wasm), for what the index cannot read: chunks, compression, other types and groups. */

import { DataError } from '../../errors.js'
import { decoder } from './numbers.js'

/** A file opened with libhdf5. */
export interface LibraryFile {
  /** Names in a group: of datasets and of groups. */
  names(group?: string): string[]
  /** Whether a path leads to a dataset, or a group. */
  has(path: string): boolean
  isGroup(path: string): boolean
  /** Throws DataError for a missing dataset. */
  shape(dataset: string): readonly number[]
  /** Reads rows (of the first dimension) as float32, from row `from` on, as many as fill `out`. */
  read(dataset: string, out: Float32Array, from?: number): void
  /** Reads a dataset of ids: integers or strings. */
  readIds(dataset: string): string[]
  close(): void
}

/**
 * Opens a file with h5wasm. The status of each call must be checked: neither a failed open nor a failed read throws, and
 * a failed read leaves plausible garbage.
 *
 * @param file what errors call it
 */
export async function openLibrary(path: string, file = path): Promise<LibraryFile> {
  const { Dataset, ready } = await import('h5wasm/node')
  const hdf5 = await ready

  /**
   * At each failure libhdf5 prints a page to stderr, unless it is allowed to throw. Throwing leaks a file descriptor, so it
   * is allowed only around calls after whose failure the file is not used any more.
   */
  function attempt<T>(call: () => T, failed: (status: T) => boolean, problem: () => string): T {
    hdf5.activate_throwing_error_handler()
    let status: T | undefined
    let cause: unknown
    try {
      status = call()
    } catch (error) {
      cause = error
    } finally {
      hdf5.deactivate_throwing_error_handler()
    }
    if (status === undefined || failed(status)) throw new DataError(problem(), { cause })
    return status
  }

  const id = attempt(
    () => hdf5.open(path, hdf5.H5F_ACC_RDONLY, false, -1, -1), // the binding has no default arguments
    (id) => id < 0n,
    () => `${file}: libhdf5 cannot open it; its structure is damaged`,
  )

  /** 0 for a group, 1 for a dataset, -1 where there is nothing. */
  const typeOf = (path: string) =>
    attempt(
      () => hdf5.get_type(id, path),
      () => false,
      () => `${file}: ${path} cannot be looked up; the file's structure is damaged`,
    )

  /** Refuses a path on which a link leads into another file. */
  function refuseExternal(path: string): void {
    const parts = path.split('/').filter(Boolean)
    for (let depth = 1; depth <= parts.length; depth++) {
      const place = parts.slice(0, depth).join('/')
      if (typeOf(place) < 0) return // there is nothing to follow
      const { filename } = hdf5.get_external_link(id, place) as { filename?: string } // empty for other links
      if (filename === undefined) continue
      throw new DataError(
        `${file}: ${place} is a link into ${filename}, which m2 does not follow; name that file itself`,
      )
    }
  }

  const metadata = (dataset: string) => {
    refuseExternal(dataset)
    return attempt(
      () => hdf5.get_dataset_metadata(id, dataset),
      () => false,
      () => `${file}: ${dataset} is not a dataset, or its header is damaged`,
    )
  }

  function read(dataset: string, out: Float32Array, from = 0): void {
    const { type, size, signed, shape } = metadata(dataset)
    const decode = decoder(hdf5.H5T_class_t, type, size, signed)
    if (!shape || !decode)
      throw new DataError(`${file}: dataset ${dataset}: expected floats or integers, got another type`)
    const [, ...rest] = shape
    const rows = out.length / rest.reduce((product, length) => product * length, 1)
    const bytes = out.length * size
    if (bytes === 0) return
    if (bytes > largest)
      throw new DataError(
        `${file}: dataset ${dataset}: ${bytes} bytes are more than the ${largest} that can be read at once`,
      )
    const pointer = hdf5['_malloc'](bytes)
    if (pointer === 0) throw new DataError(`${file}: dataset ${dataset}: no memory for its ${bytes} bytes`)
    try {
      const count = [BigInt(rows), ...rest.map(BigInt)]
      const offset = count.map((_, axis) => (axis === 0 ? BigInt(from) : 0n))
      const ones = count.map(() => 1n)
      attempt(
        () => hdf5.get_dataset_data(id, dataset, count, offset, ones, BigInt(pointer)),
        (status) => status < 0,
        () => `${file}: dataset ${dataset} cannot be read: ${whyUnreadable(dataset)}`,
      )
      const view = new DataView(hdf5.HEAPU8.buffer, pointer, bytes)
      for (let i = 0; i < out.length; i++) out[i] = decode(view, i * size)
    } finally {
      hdf5['_free'](pointer)
    }
  }

  function whyUnreadable(dataset: string): string {
    const filters = hdf5.get_dataset_filters(id, dataset)
    const unknown = filters.find((filter) => filter.id > 6)
    if (unknown)
      return (
        `it is compressed with ${filterNames[unknown.id] ?? unknown.name} (filter ${unknown.id}), which libhdf5 does ` +
        'not know by itself. h5repack -f GZIP=4, or -f NONE for speed, makes a file that it does'
      )
    const { chunks, size } = metadata(dataset)
    const chunk = (chunks ?? []).reduce((product, length) => product * length, size)
    if (chunk > largest)
      return `its chunks have ${chunk} bytes, more than the ${largest} that can be read at once`
    return filters.length > 0 ? 'a compressed chunk is damaged' : 'its chunks are damaged'
  }

  return {
    names: (group = '/') =>
      attempt(
        () => hdf5.get_names(id, group, false),
        () => false,
        () => `${file}: the names in ${group} cannot be read; the file's structure is damaged`,
      ),
    has: (path) => path.split('/').every((_, i, parts) => typeOf(parts.slice(0, i + 1).join('/')) >= 0),
    isGroup: (path) => typeOf(path) === 0,
    shape(dataset) {
      const { shape } = metadata(dataset)
      return shape ?? []
    },
    read,
    readIds(dataset) {
      const [count = 1] = metadata(dataset).shape ?? []
      if (count > mostIds)
        throw new DataError(`${file}: dataset ${dataset}: ${count} ids are more than ${mostIds}`)
      const value = attempt(
        () => new Dataset(id, dataset).value,
        () => false,
        () => `${file}: dataset ${dataset} cannot be read`,
      )
      if (!Array.isArray(value) && (!ArrayBuffer.isView(value) || value instanceof DataView))
        throw new DataError(`${file}: dataset ${dataset}: expected a list of ids`)
      return Array.from(value as Iterable<unknown>, String) // a list of strings, or a typed array
    },
    close: () => void hdf5.close_file(id),
  }
}

/** What the library's 32-bit memory has room for. */
const largest = 2 ** 30

/** More images than any file of features has. */
const mostIds = 1e8

const filterNames: Readonly<Record<number, string>> = {
  32000: 'lzf',
  32001: 'blosc',
  32004: 'lz4',
  32008: 'bitshuffle',
  32013: 'zfp',
  32015: 'zstd',
}
