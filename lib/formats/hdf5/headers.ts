/** HDF5 object headers: what a dataset or a group is. */

import type { DataError } from '../../errors.js'
import type { Block, ReadBlock } from './blocks.js'

/** The part of an object header that contiguous datasets and groups need. */
export interface ObjectHeader {
  /** The B-tree and the heap of a symbol-table group. */
  group?: { tree: number; heap: number }
  /** The hard links of a group that has them in its header. */
  links: { name: string; address: number }[]
  /** Whether a group has its links in a fractal heap. */
  dense: boolean
  dataspace?: readonly number[]
  datatype?: Datatype
  /** What each row holds, where a dataset's rows differ in length. */
  rowsOf?: Datatype
  /** The place of a contiguous dataset's values. */
  data?: { address: number; size: number }
  /** Values in other files: the heap with the files' names, and where in it the first name is. */
  external?: { heap: number; name: number }
  /** Whether a message belongs to a group, or says how values are laid out: tells groups, types and damage apart. */
  isGroup: boolean
  hasLayout: boolean
  /** Whether the header has something that only libhdf5 understands. */
  foreign: boolean
}

/** Little-endian IEEE numbers, or any other type. */
export type Datatype = 'float16' | 'float32' | 'float64' | 'other'

/**
 * Reads an object header of version 1 or 2 with its continuations.
 *
 * Source: "HDF5 File Format Specification", version 3.0, section IV.A.
 *
 * @param damaged makes the error for a header that is not one
 * @throws DataError for a header of no known version, with a message of no known type, or with another number of messages
 *   than it says
 */
export function readObjectHeader(
  read: ReadBlock,
  address: number,
  damaged: (what: string) => DataError,
): ObjectHeader {
  const header: ObjectHeader = {
    links: [],
    dense: false,
    isGroup: false,
    hasLayout: false,
    foreign: false,
  }
  const first = read(address, firstRead)
  const modern = first.u32(0) === ohdr
  if (modern ? first.u8(4) !== 2 : first.u8(0) !== 1) throw damaged('an object header of no known version')
  const promised = modern ? undefined : first.u16(2)
  let found = 0
  const pieces = [modern ? modernStart(read, address, first) : oldStart(read, address, first)]
  const ordered = modern && (first.u8(5) & 4) !== 0 ? 2 : 0
  for (let piece = pieces.pop(), count = 0; piece && count < 1000; piece = pieces.pop(), count++) {
    const { block, end } = piece
    const prefix = modern ? 4 + ordered : 8
    for (let at = piece.start; at + prefix <= end;) {
      const type = modern ? block.u8(at) : block.u16(at)
      const size = block.u16(modern ? at + 1 : at + 2)
      const flags = block.u8(modern ? at + 3 : at + 4)
      const body = at + prefix
      found++
      if (type > lastMessage) throw damaged(`a message of type ${type}`)
      if (type === 0x10) {
        const length = block.u64(body + 8)
        const next = read(block.u64(body), length)
        pieces.push(
          modern ? { block: next, start: 4, end: length - 4 } : { block: next, start: 0, end: length },
        )
      } else if (flags & 2 && interesting.has(type))
        header.foreign = true // the message is shared: its body lies elsewhere
      else readMessage(header, type, block, body)
      at = body + size
    }
  }
  if (promised !== undefined && found !== promised) throw damaged(`${found} of ${promised} messages`)
  return header
}

/** Enough for the header of a float dataset as h5py writes it: one read is enough. */
const firstRead = 384
const ohdr = 0x5244484f
/** The largest type of message that the specification knows. */
const lastMessage = 0x17
const interesting = new Set([0x01, 0x02, 0x03, 0x06, 0x08, 0x11])

interface Piece {
  block: Block
  start: number
  end: number
}

function oldStart(read: ReadBlock, address: number, first: Block): Piece {
  const end = 16 + first.u32(8)
  return { block: end > first.size ? read(address, end) : first, start: 16, end }
}

function modernStart(read: ReadBlock, address: number, first: Block): Piece {
  const flags = first.u8(5)
  const sizeAt = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0)
  const width = flags & 3
  const size =
    width === 0
      ? first.u8(sizeAt)
      : width === 1
        ? first.u16(sizeAt)
        : width === 2
          ? first.u32(sizeAt)
          : first.u64(sizeAt)
  const start = sizeAt + 2 ** width
  return { block: start + size > first.size ? read(address, start + size) : first, start, end: start + size }
}

function readMessage(header: ObjectHeader, type: number, block: Block, at: number): void {
  if (groupMessages.has(type)) header.isGroup = true
  if (type === 0x08) header.hasLayout = true
  if (type === 0x01) {
    const version = block.u8(at)
    const rank = block.u8(at + 1)
    const start = version === 1 ? at + 8 : at + 4
    header.dataspace = Array.from({ length: rank }, (_, axis) => block.u64(start + 8 * axis))
    if (version === 2 && block.u8(at + 3) === 2) header.foreign = true // the null dataspace
  } else if (type === 0x02) {
    const heap = block.address(at + 2 + (block.u8(at + 1) & 1 ? 8 : 0))
    header.dense = heap !== undefined
  } else if (type === 0x03) {
    header.datatype = readDatatype(block, at)
    if ((block.u8(at) & 15) === 9) header.rowsOf = readDatatype(block, at + 8)
  } else if (type === 0x06) readLink(header, block, at)
  else if (type === 0x07) {
    header.foreign = true // values in external files
    header.external = { heap: block.u64(at + 8), name: block.u64(at + 16) }
  } else if (type === 0x08) {
    const version = block.u8(at)
    const contiguous = version >= 3 && block.u8(at + 1) === 1
    const size = contiguous ? block.u64(at + 10) : 0
    const address = contiguous ? block.address(at + 2) : undefined
    if (contiguous && size === 0) header.data = { address: 0, size }
    else if (address === undefined) header.foreign = true
    else header.data = { address, size }
  } else if (type === 0x11) header.group = { tree: block.u64(at), heap: block.u64(at + 8) }
}

/** Link info, links, group info, and the symbol table. */
const groupMessages = new Set([0x02, 0x06, 0x0a, 0x11])

function readDatatype(block: Block, at: number): Datatype {
  const [classAndVersion, order, sign] = [block.u8(at), block.u8(at + 1), block.u8(at + 2)]
  if ((classAndVersion & 15) !== 1) return 'other'
  const size = block.u32(at + 4)
  const [precision, exponentAt, exponentSize] = [block.u16(at + 10), block.u8(at + 12), block.u8(at + 13)]
  const [mantissaAt, mantissaSize, bias] = [block.u8(at + 14), block.u8(at + 15), block.u32(at + 16)]
  const layout = [order, sign, precision, exponentAt, exponentSize, mantissaAt, mantissaSize, bias].join()
  if (size === 4 && layout === '32,31,32,23,8,0,23,127') return 'float32'
  if (size === 2 && layout === '32,15,16,10,5,0,10,15') return 'float16'
  if (size === 8 && layout === '32,63,64,52,11,0,52,1023') return 'float64'
  return 'other'
}

function readLink(header: ObjectHeader, block: Block, start: number): void {
  const flags = block.u8(start + 1)
  let at = start + 2
  const kind = flags & 8 ? block.u8(at++) : 0
  if (flags & 4) at += 8
  if (flags & 16) at += 1
  const width = flags & 3
  const length = width === 0 ? block.u8(at) : width === 1 ? block.u16(at) : block.u32(at)
  at += 2 ** width
  if (kind !== 0) header.foreign = true
  else header.links.push({ name: block.text(at, at + length), address: block.u64(at + length) })
}
