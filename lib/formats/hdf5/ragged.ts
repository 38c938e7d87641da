/**
 * Rows of different lengths, which HDF5 keeps in global heaps. Read here, since libhdf5's WebAssembly build loops forever on
 * such rows, sound or damaged.
 *
 * Source: "HDF5 File Format Specification", version 3.0, sections III.E and IV.A.2.d.
 */
import { DataError } from '../../errors.js'
import { blockReader } from './blocks.js'
import { rootLinks } from './datasets.js'
import { readObjectHeader } from './headers.js'
import { readSuperblock } from './superblock.js'

/** Reads one row of float32 or float64 values. */
export type ReadRow = (row: number) => Float32Array

/**
 * The rows of a dataset in the root group.
 *
 * @param fd the open file
 * @param file what errors call it
 * @throws DataError where the dataset is not contiguous, or does not hold rows of floats
 */
export function raggedRows(fd: number, file: string, dataset: string): ReadRow {
  const superblock = readSuperblock(fd, file)
  const read = blockReader(fd, file, superblock.base)
  const damaged = (what: string) => new DataError(`${file}: ${dataset}: its structure is damaged: ${what}`)
  const link = rootLinks(fd, file, superblock)?.find(({ name }) => name === dataset)
  const header = link && readObjectHeader(read, link.address, damaged)
  const width = header?.rowsOf === 'float32' ? 4 : header?.rowsOf === 'float64' ? 8 : undefined
  if (!header?.data || header.external || width === undefined)
    throw new DataError(
      `${file}: ${dataset}: expected rows of float32 or float64 in a contiguous dataset; rows of different lengths in chunks, ` +
        'or of another type, are not read',
    )
  const { address, size } = header.data
  return (row) => {
    if (16 * (row + 1) > size) throw damaged(`no row ${row}`)
    const reference = read(address + 16 * row, 16)
    const [length, collection, index] = [reference.u32(0), reference.u64(4), reference.u32(12)]
    if (length === 0) return new Float32Array()
    const { start, bytes } = objectIn(collection, index)
    if (bytes < length * width) throw damaged(`row ${row} has ${length} values in ${bytes} bytes`)
    const values = read(start, length * width)
    return Float32Array.from({ length }, (_, i) => (width === 4 ? values.f32(4 * i) : values.f64(8 * i)))
  }

  /** An object of a global heap: its place, and its size. */
  function objectIn(collection: number, wanted: number): { start: number; bytes: number } {
    const start = read(collection, 16)
    if (start.u32(0) !== gcol) throw damaged(`no global heap at byte ${collection}`)
    const end = start.u64(8)
    for (let at = 16; at + 16 <= end;) {
      const object = read(collection + at, 16)
      const [index, bytes] = [object.u16(0), object.u64(8)]
      if (index === 0) break // the free space that ends a heap
      if (index === wanted) return { start: collection + at + 16, bytes }
      at += 16 + 8 * Math.ceil(bytes / 8)
    }
    throw damaged(`no object ${wanted} in the global heap at byte ${collection}`)
  }
}

const gcol = 0x4c4f4347
