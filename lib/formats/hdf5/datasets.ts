/** The index of an HDF5 file: where each dataset of its root group lies. */

import { DataError } from '../../errors.js'
import { blockReader, type Block, type ReadBlock } from './blocks.js'
import { readObjectHeader, type Datatype, type ObjectHeader } from './headers.js'
import type { Superblock } from './superblock.js'

/** The datasets of a root group, as columns; `names` gives the row of each. */
export interface DatasetIndex {
  names: Map<string, number>
  /** The first byte of the values in the file. */
  offset: Float64Array
  /** (regions, width); a dataset of one dimension has width 1. */
  regions: Uint32Array
  width: Uint32Array
  /** 1 or 2; 0 for datasets that only libhdf5 can read: chunked, compressed, of another type or rank. */
  rank: Uint8Array
  /** Index into `datatypes`. */
  type: Uint8Array
  /** The groups in the root group. */
  groups: Set<string>
  /** For each dataset whose values are in another file, that file's name. Such datasets are not read. */
  external: Map<string, string>
}

export const datatypes = ['other', 'float16', 'float32', 'float64'] as const satisfies readonly Datatype[]
export const bytesOf = { other: 0, float16: 2, float32: 4, float64: 8 } as const satisfies Record<
  Datatype,
  number
>

/**
 * Indexes the datasets of the root group, which is a symbol table (the default of h5py and libhdf5) or has its links in
 * its header.
 *
 * @returns undefined for any other form of group, which libhdf5 must list
 * @throws DataError for a damaged structure, or a name that occurs twice
 */
export function buildIndex(fd: number, file: string, superblock: Superblock): DatasetIndex | undefined {
  const { base } = superblock
  const read = blockReader(fd, file, base)
  const links = rootLinks(fd, file, superblock)
  if (!links) return undefined
  const nameIn = (heap: number, at: number) => heapOf(read, file, heap).text(at)
  return indexLinks(links, { headerAt: headersOf(read, file), nameIn, file, base })
}

/** The links of the root group; undefined for a form of group that libhdf5 must list. @throws DataError as {@link buildIndex} */
export function rootLinks(fd: number, file: string, { base, root }: Superblock): readonly Link[] | undefined {
  if (root === undefined) return undefined
  const read = blockReader(fd, file, base)
  const group = headersOf(read, file)('the root group', root)
  if (group.dense || group.foreign) return undefined
  return group.group ? symbolTable(read, file, group.group) : group.links
}

/** Reads the header of a dataset or a group, which errors name. */
const headersOf =
  (read: ReadBlock, file: string) =>
  (name: string, address: number): ObjectHeader =>
    readObjectHeader(
      read,
      address,
      (what) => new DataError(`${file}: its structure is damaged: the header of ${name} has ${what}`),
    )

export interface Link {
  name: string
  address: number
}

function indexLinks(
  links: readonly Link[],
  {
    headerAt,
    nameIn,
    file,
    base,
  }: {
    headerAt(name: string, address: number): ObjectHeader
    nameIn(heap: number, at: number): string
    file: string
    base: number
  },
): DatasetIndex {
  const index = emptyIndex(links.length)
  for (const { name, address } of links) {
    const { dataspace, datatype, data, foreign, isGroup, hasLayout, external } = headerAt(name, address)
    if (isGroup && !hasLayout) {
      index.groups.add(name)
      continue
    }
    if (!dataspace) {
      if (!hasLayout && datatype !== undefined) continue // a named type
      throw new DataError(`${file}: its structure is damaged: the header of ${name} has no shape`)
    }
    if (external) index.external.set(name, nameIn(external.heap, external.name))
    const row = index.names.size
    if (index.names.has(name)) throw new DataError(`${file}: dataset ${name} is there twice`)
    index.names.set(name, row)
    const [regions = 0, width = 1] = dataspace
    const known =
      !foreign &&
      datatype !== undefined &&
      datatype !== 'other' &&
      (dataspace.length === 1 || dataspace.length === 2)
    if (!known || !data || data.size !== regions * width * bytesOf[datatype]) continue
    if (regions > 0xffffffff || width > 0xffffffff) continue
    index.offset[row] = base + data.address
    index.regions[row] = regions
    index.width[row] = width
    index.rank[row] = dataspace.length
    index.type[row] = datatypes.indexOf(datatype)
  }
  return index
}

/** An empty index with room for `size` datasets. */
export function emptyIndex(size: number): DatasetIndex {
  return {
    names: new Map(),
    offset: new Float64Array(size),
    regions: new Uint32Array(size),
    width: new Uint32Array(size),
    rank: new Uint8Array(size),
    type: new Uint8Array(size),
    groups: new Set(),
    external: new Map(),
  }
}

/**
 * The links of a symbol-table group, in the order of its B-tree; undefined where one is a soft link.
 *
 * Source: "HDF5 File Format Specification", version 3.0, sections III.A, III.B and III.D.
 */
function symbolTable(
  read: ReadBlock,
  file: string,
  { tree, heap }: { tree: number; heap: number },
): Link[] | undefined {
  const damaged = (what: string, address: number) =>
    new DataError(`${file}: its structure is damaged: no ${what} at byte ${address}`)
  const names = heapOf(read, file, heap)
  const links: Link[] = []
  // Levels must decrease, from inner nodes to the links, and no node may come twice: damaged addresses lead nowhere else.
  const visited = new Set<number>()
  const visit = (address: number, below: number): boolean => {
    if (visited.has(address)) throw damaged('group node of its own', address)
    visited.add(address)
    const node = read(address, nodeRead)
    if (node.u32(0) === marks.SNOD) {
      const count = node.u16(6)
      const size = 8 + 40 * count
      const entries = size > node.size ? read(address, size) : node
      for (let at = 8; at < size; at += 40) {
        if (entries.u32(at + 16) === 2) return false
        links.push({ name: names.text(entries.u64(at)), address: entries.u64(at + 8) })
      }
      return true
    }
    const level = node.u8(5)
    if (node.u32(0) !== marks.TREE || node.u8(4) !== 0 || level >= below) throw damaged('group node', address)
    const count = node.u16(6)
    const size = 32 + 16 * count
    const children = size > node.size ? read(address, size) : node
    for (let i = 0; i < count; i++) if (!visit(children.u64(32 + 16 * i), level)) return false
    return true
  }
  return visit(tree, 256) ? links : undefined
}

/** The names in a local heap. Source: section III.D. */
function heapOf(read: ReadBlock, file: string, address: number): Block {
  const header = read(address, 32)
  if (header.u32(0) !== marks.HEAP)
    throw new DataError(`${file}: its structure is damaged: no name heap at byte ${address}`)
  return read(header.u64(24), header.u64(8))
}

/** Enough for a node as h5py writes it: 328 bytes of links, 544 of children. */
const nodeRead = 544
const marks = { HEAP: 0x50414548, SNOD: 0x444f4e53, TREE: 0x45455254 }
