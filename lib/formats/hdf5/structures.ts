/**
 * The on-disk structures of a new HDF5 file, as bytes: superblock version 0, dataset headers version 1, and one
 * symbol-table group (B-tree version 1, symbol nodes, local heap). All numbers are little-endian.
 *
 * Source: "HDF5 File Format Specification", version 3.0, The HDF Group, sections II.A, III.A, III.D and IV.A.
 */

import { ByteWriter } from './byte-writer.js'

/** A name in the root group and the address of its object header. */
export interface Link {
  name: Uint8Array
  address: number
}

/** The addresses of the root group's parts. */
export interface Root {
  header: number
  tree: number
  heap: number
}

export const superblockSize = 96
/** A B-tree node holds up to 2 * treeRank children, a symbol node up to 2 * leafRank links. */
const treeRank = 256
const leafRank = 64

/** @param end the address after the last byte of the file */
export function superblock(root: Root, end: number): Uint8Array {
  const bytes = new ByteWriter(superblockSize)
  bytes.u8(0x89).text('HDF\r\n\x1a\n')
  bytes.u8(0).u8(0).u8(0).u8(0).u8(0).u8(8).u8(8).u8(0) // versions; offsets and lengths of 8 bytes
  bytes.u16(leafRank).u16(treeRank).u32(0)
  bytes.u64(0).address(undefined).u64(end).address(undefined)
  bytes.u64(0).u64(root.header).u32(1).u32(0).u64(root.tree).u64(root.heap)
  return bytes.done()
}

/** The object header of a contiguous float32 dataset whose values follow it directly. */
export function datasetHeader(shape: readonly number[], address: number): Uint8Array {
  const dataspace = 8 + 8 * shape.length
  const messages = 4 * 8 + dataspace + 24 + 8 + 24
  const bytes = new ByteWriter(16 + messages)
  const size = shape.reduce((product, length) => product * length, 4)
  bytes.u8(1).u8(0).u16(4).u32(1).u32(messages).u32(0)
  bytes.message(0x0001, dataspace, 0)
  bytes.u8(1).u8(shape.length).u8(0).u8(0).u32(0)
  for (const length of shape) bytes.u64(length)
  bytes.message(0x0003, 24, 1)
  bytes.u8(0x11).u8(0x20).u8(31).u8(0).u32(4) // IEEE float, implied leading bit, sign at bit 31, 4 bytes
  bytes.u16(0).u16(32).u8(23).u8(8).u8(0).u8(23).u32(127).u32(0)
  bytes.message(0x0005, 8, 1)
  bytes.u8(2).u8(2).u8(2).u8(1).u32(0) // default fill value, space allocated late
  bytes.message(0x0008, 24, 0)
  bytes
    .u8(3)
    .u8(1)
    .address(size === 0 ? undefined : address + bytes.size)
    .u64(size)
  return bytes.done()
}

/**
 * What ends a file: the root group over datasets whose headers lie at these addresses, by their names, and the superblock
 * that makes the file whole once it is written at the start.
 *
 * @param start the address at which the group will lie
 */
export function closingStructures(addresses: ReadonlyMap<string, number>, start: number) {
  const links = [...addresses].map(([name, address]): Link => ({ name: Buffer.from(name), address }))
  links.sort((a, b) => Buffer.compare(a.name, b.name))
  const { bytes, end, root } = groupStructures(links, start)
  return { bytes, end, superblock: superblock(root, end) }
}

/**
 * The root group over `links`, which must be sorted by name.
 *
 * @param start the address of the first byte
 */
export function groupStructures(links: readonly Link[], start: number) {
  const parts: Uint8Array[] = []
  let end = start
  const place = (bytes: Uint8Array) => {
    const address = end
    parts.push(bytes)
    end += bytes.length
    return address
  }

  const { names, offsets } = heapNames(links)
  const segment = place(names)
  const heap = place(
    new ByteWriter(32).text('HEAP').u32(0).u64(names.length).u64(1).u64(segment).done(), // 1: no free space
  )

  // Leaves first. A child has an address and the heap offset of its last name, which is its greatest.
  let level = 0
  let children = [...groupsOf(links.length, 2 * leafRank)].map(([from, to]) => {
    const node = new ByteWriter(8 + 2 * leafRank * 40)
    node
      .text('SNOD')
      .u8(1)
      .u8(0)
      .u16(to - from)
    for (let i = from; i < to; i++)
      node
        .u64(offsets[i] ?? 0)
        .u64(links[i]?.address ?? 0)
        .skip(24)
    return { address: place(node.done()), last: offsets[to - 1] ?? 0 }
  })
  do {
    const below = children
    const ranges = [...groupsOf(below.length, 2 * treeRank)]
    const size = 24 + 2 * treeRank * 16 + 8
    const first = end
    children = ranges.map(([from, to], index) => {
      const node = new ByteWriter(size)
      node
        .text('TREE')
        .u8(0)
        .u8(level)
        .u16(to - from)
      node.address(index === 0 ? undefined : first + (index - 1) * size)
      node.address(index === ranges.length - 1 ? undefined : first + (index + 1) * size)
      node.u64(from === 0 ? 0 : (below[from - 1]?.last ?? 0))
      for (const child of below.slice(from, to)) node.u64(child.address).u64(child.last)
      return { address: place(node.done()), last: below[to - 1]?.last ?? 0 }
    })
    level++
  } while (children.length > 1)
  const tree = children[0]?.address ?? 0

  const header = place(
    new ByteWriter(40)
      .u8(1)
      .u8(0)
      .u16(1)
      .u32(1)
      .u32(24)
      .u32(0)
      .message(0x0011, 16, 0)
      .u64(tree)
      .u64(heap)
      .done(),
  )
  return { bytes: parts, end, root: { header, tree, heap } satisfies Root }
}

/** The names, each with a zero at its end and padded to eight bytes; the empty name is at offset 0. */
function heapNames(links: readonly Link[]) {
  const room = (name: Uint8Array) => (name.length + 8) & ~7
  const names = new Uint8Array(links.reduce((size, { name }) => size + room(name), 8))
  let offset = 8
  const offsets = links.map(({ name }) => {
    names.set(name, offset)
    offset += room(name)
    return offset - room(name)
  })
  return { names, offsets }
}

/** Ranges of at most `size` that cover `count`; one empty range if `count` is 0. */
function* groupsOf(count: number, size: number): Generator<readonly [from: number, to: number]> {
  for (let from = 0; from === 0 || from < count; from += size) yield [from, Math.min(count, from + size)]
}
