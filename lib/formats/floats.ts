import { DataError } from '../errors.js'

/** Whether numbers lie in memory as files hold them; of the machines that Node 20 runs on, only s390x's do not. */
export const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** The numbers that little-endian bytes stand for: a copy. */
export function float32FromBytes(bytes: Uint8Array): Float32Array {
  const copy = Buffer.from(new Uint8Array(bytes)) // at an offset that any type may start from
  if (!littleEndian) copy.swap32()
  return new Float32Array(copy.buffer, copy.byteOffset, copy.length / 4)
}

/** Numbers as little-endian bytes: a copy. */
export function float32ToBytes(values: Float32Array): Buffer {
  const bytes = Buffer.from(
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice().buffer,
  )
  return littleEndian ? bytes : bytes.swap32()
}

/**
 * Decodes base64, all of it: Node passes over what is no base64, and then fewer bytes come out than the characters stand
 * for.
 *
 * @throws DataError, beginning with `where`
 */
export function float32FromBase64(text: string, where: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  if (text.length % 4 !== 0 || bytes.length !== (text.length / 4) * 3 - padding)
    throw new DataError(`${where}: broken base64: ${text.length} characters give ${bytes.length} bytes`)
  if (bytes.length % 4 !== 0)
    throw new DataError(`${where}: expected float32 values, of four bytes each, got ${bytes.length} bytes`)
  return float32FromBytes(bytes)
}
