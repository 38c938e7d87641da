import { DataError } from '../../errors.js'

/** A place in bytes that are read front to back; whatever reaches past their end is a truncated file. */
export interface Cursor {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** What the bytes are, for errors. */
  readonly where: string
  at: number
}

/** The bytes ended before what they announced. */
export class TruncatedError extends DataError {
  override name = 'TruncatedError'
}

export function cursorAt(bytes: Uint8Array, where: string, at = 0): Cursor {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), where, at }
}

/** Passes over `length` bytes and returns where they began. */
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

/** The next bytes, without a copy. */
export function take(cursor: Cursor, length: number): Uint8Array {
  const at = advance(cursor, length)
  return cursor.bytes.subarray(at, at + length)
}

/** The text up to the next line feed, which is passed over; a character a byte. */
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
/** Lengths: beyond 2^53 no file could hold them, and the nearest double says so as well. */
export const uint64 = (c: Cursor) => Number(c.view.getBigUint64(advance(c, 8), true))
export const float64BigEndian = (c: Cursor) => c.view.getFloat64(advance(c, 8), false)

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const strictUtf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** UTF-8, as Python 3 writes its strings. */
export const textOf = (bytes: Uint8Array): string => utf8.decode(bytes)

/** Python 2's strings of bytes: UTF-8 where they are, else a character a byte. */
export function byteStringOf(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return latin1(bytes)
  }
}

const latin1 = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString('latin1')

/** A little-endian integer in two's complement, of any length. */
export function integerOf(bytes: Uint8Array): number | bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0)
  return narrow(BigInt.asIntN(8 * bytes.length, value))
}

/** A number where a double holds it. */
export const narrow = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value
