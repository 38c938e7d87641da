/** Bytes read front to back, for pickles. */

import { DataError } from '../../errors.js'

/** A position in bytes that are read front to back. Reading past their end is a TruncatedError. */
export interface Cursor {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** The name of the bytes, for errors. */
  readonly where: string
  at: number
}

/** The bytes end before a value that they announce. */
export class TruncatedError extends DataError {
  override name = 'TruncatedError'
}

export function cursorAt(bytes: Uint8Array, where: string, at = 0): Cursor {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), where, at }
}

/** Skips `length` bytes and returns where they began. */
function advance(cursor: Cursor, length: number): number {
  const { at, bytes, where } = cursor
  if (length < 0) throw new DataError(`${where}: a length of ${length} at byte ${at}; the file is damaged`)
  if (length > bytes.length - at)
    throw new TruncatedError(
      `${where}: truncated: ${length} bytes expected at byte ${at}, the data ends at ${bytes.length}`,
    )
  cursor.at += length
  return at
}

/** The next bytes, not copied. */
export function take(cursor: Cursor, length: number): Uint8Array {
  const at = advance(cursor, length)
  return cursor.bytes.subarray(at, at + length)
}

/** The text up to the next line feed, which is skipped; one character per byte. */
export function takeLine(cursor: Cursor): string {
  const end = cursor.bytes.indexOf(0x0a, cursor.at)
  if (end < 0) advance(cursor, Infinity)
  const line = take(cursor, end - cursor.at)
  cursor.at++
  return latin1(line)
}

export const uint8 = (c: Cursor) => c.view.getUint8(advance(c, 1))
export const uint16 = (c: Cursor) => c.view.getUint16(advance(c, 2), true)
export const int32 = (c: Cursor) => c.view.getInt32(advance(c, 4), true)
export const uint32 = (c: Cursor) => c.view.getUint32(advance(c, 4), true)
/** A length; beyond 2^53 it is rounded, and too long for any file in either case. */
export const uint64 = (c: Cursor) => Number(c.view.getBigUint64(advance(c, 8), true))
export const float64BigEndian = (c: Cursor) => c.view.getFloat64(advance(c, 8), false)

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const strictUtf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** Text in UTF-8, as Python 3 writes strings. */
export const textOf = (bytes: Uint8Array): string => utf8.decode(bytes)

/** Text of Python 2's byte strings: UTF-8 if valid, else one character per byte. */
export function byteStringOf(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return latin1(bytes)
  }
}

const latin1 = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString('latin1')

/** An integer from its little-endian bytes in two's complement. */
export function integerOf(bytes: Uint8Array): number | bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0)
  return narrow(BigInt.asIntN(8 * bytes.length, value))
}

/** The integer as a number if a double can hold it. */
export const narrow = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value
