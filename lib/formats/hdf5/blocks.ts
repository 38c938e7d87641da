/** Blocks of an HDF5 file, read by address, with every access checked against their end. */

import { fstatSync, readSync } from 'node:fs'
import { DataError } from '../../errors.js'

/** A block of an open HDF5 file. Numbers are little-endian; addresses and lengths have eight bytes. */
export interface Block {
  readonly size: number
  u8(at: number): number
  u16(at: number): number
  u32(at: number): number
  f32(at: number): number
  f64(at: number): number
  /** A length; throws for one beyond 2^53. */
  u64(at: number): number
  /** An address, or undefined for the format's "undefined address". */
  address(at: number): number | undefined
  /** Bytes as text, up to `end` or the first zero. */
  text(at: number, end?: number): string
}

/** Reads a block by its address in the file's own terms. */
export type ReadBlock = (address: number, length: number) => Block

/**
 * @param base the offset of the file's address 0
 * @returns a reader; at the end of the file its blocks are shorter, and access beyond a block is a DataError
 */
export function blockReader(fd: number, file: string, base = 0): ReadBlock {
  const whole = fstatSync(fd).size
  return (address, length) => {
    if (length > whole) throw new DataError(`${file}: its structure is damaged at byte ${base + address}`)
    const bytes = Buffer.allocUnsafe(length)
    const size = readSync(fd, bytes, 0, length, base + address)
    return block(
      bytes.subarray(0, size),
      (at) => `${file}: its structure is damaged at byte ${base + address + at}`,
    )
  }
}

function block(bytes: Buffer, place: (at: number) => string): Block {
  const need = (at: number, count: number) => {
    if (at + count > bytes.length || at < 0) throw new DataError(place(at))
  }
  const u64 = (at: number) => {
    need(at, 8)
    return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32
  }
  return {
    size: bytes.length,
    u8(at) {
      need(at, 1)
      return bytes.readUInt8(at)
    },
    u16(at) {
      need(at, 2)
      return bytes.readUInt16LE(at)
    },
    u32(at) {
      need(at, 4)
      return bytes.readUInt32LE(at)
    },
    f32(at) {
      need(at, 4)
      return bytes.readFloatLE(at)
    },
    f64(at) {
      need(at, 8)
      return bytes.readDoubleLE(at)
    },
    u64(at) {
      const value = u64(at)
      if (!Number.isSafeInteger(value)) throw new DataError(place(at))
      return value
    },
    address(at) {
      const value = u64(at)
      if (value === 2 ** 64) return undefined // all bits set, rounded
      if (!Number.isSafeInteger(value)) throw new DataError(place(at))
      return value
    },
    text(at, end) {
      need(at, 0)
      const stop = end ?? bytes.indexOf(0, at)
      if (stop < at || stop > bytes.length) throw new DataError(place(at))
      return bytes.toString('utf8', at, stop)
    },
  }
}
