/** Floating-point numbers: their bytes and base64, half precision, and whether they are finite. */

import { DataError } from '../errors.js'

/** Whether this machine is little-endian, as files are; of the platforms of Node 20 only s390x is not. */
export const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** Numbers from little-endian bytes; copies. */
export function float32FromBytes(bytes: Uint8Array): Float32Array {
  const copy = Buffer.from(new Uint8Array(bytes)) // aligned for every type
  if (!littleEndian) copy.swap32()
  return new Float32Array(copy.buffer, copy.byteOffset, copy.length / 4)
}

/** Numbers as little-endian bytes; copies. */
export function float32ToBytes(values: Float32Array): Buffer {
  const bytes = Buffer.from(
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice().buffer,
  )
  return littleEndian ? bytes : bytes.swap32()
}

/**
 * Decodes base64 strictly. Node skips characters that are not base64; here a result with fewer bytes than the text
 * encodes is an error.
 *
 * @throws DataError, beginning with `where`
 */
export function float32FromBase64(text: string, where: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  if (text.length % 4 !== 0 || bytes.length !== (text.length / 4) * 3 - padding)
    throw new DataError(
      `${where}: broken base64: ${text.length} characters give ${bytes.length} bytes${
        /^b['"]/.test(text) ? `; it is Python's repr of bytes: write them with .decode()` : ''
      }`,
    )
  if (bytes.length % 4 !== 0)
    throw new DataError(`${where}: expected float32 values, of four bytes each, got ${bytes.length} bytes`)
  return float32FromBytes(bytes)
}

/**
 * The index of the first value that is NaN or infinite, or -1. It adds all values up, since a sum with such a value is
 * not finite, and a float64 sum of finite float32 values cannot overflow. Four independent sums take a third of the
 * time of testing each value.
 */
export function firstNonFinite(values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0]
  const whole = values.length - (values.length % 8)
  for (let i = 0; i < whole; i += 8) {
    // The indices are below the length; without the assertions each value would be tested for undefined.
    a += values[i]! + values[i + 1]!
    b += values[i + 2]! + values[i + 3]!
    c += values[i + 4]! + values[i + 5]!
    d += values[i + 6]! + values[i + 7]!
  }
  for (let i = whole; i < values.length; i++) a += values[i]!
  return Number.isFinite(a + b + c + d) ? -1 : values.findIndex((value) => !Number.isFinite(value))
}

/** The value of an IEEE 754 half-precision number from its 16 bits; Node 20 has no typed array for them. */
export function float16(bits: number): number {
  return float16Values[bits] ?? NaN
}

/** The value of each of the 65,536 bit patterns. */
const float16Values = Float32Array.from({ length: 1 << 16 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
})
