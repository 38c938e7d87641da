/** The element types of stored tensors, and how each becomes a tensor in memory. */

import { float16 } from './floats.js'
import type { HostTensor } from '../tensor.js'

/** Element types that can be read, by their safetensors names. */
export type StoredType = 'F32' | 'I32' | 'I64' | 'U8' | 'BOOL' | 'F64' | 'F16' | 'BF16' | 'I16' | 'I8'

/** Bytes per element in a file. */
export const widthOf: Readonly<Record<StoredType, number>> = {
  F32: 4,
  I32: 4,
  I64: 8,
  U8: 1,
  BOOL: 1,
  F64: 8,
  F16: 2,
  BF16: 2,
  I16: 2,
  I8: 1,
}

/**
 * A tensor from little-endian bytes: F64, F16 and BF16 become float32, I16 and I8 int32, BOOL uint8.
 *
 * @param bytes not copied where they are aligned and need no conversion
 */
export function tensorOf(type: StoredType, shape: readonly number[], bytes: Uint8Array): HostTensor {
  const { buffer, byteOffset: at, byteLength } = aligned(bytes, widthOf[type])
  const n = byteLength / widthOf[type]
  switch (type) {
    case 'F32':
      return { shape, dtype: 'float32', data: new Float32Array(buffer, at, n) }
    case 'I32':
      return { shape, dtype: 'int32', data: new Int32Array(buffer, at, n) }
    case 'I64':
      return { shape, dtype: 'int64', data: new BigInt64Array(buffer, at, n) }
    case 'U8':
    case 'BOOL':
      return { shape, dtype: 'uint8', data: new Uint8Array(buffer, at, n) }
    case 'F64':
      return { shape, dtype: 'float32', data: Float32Array.from(new Float64Array(buffer, at, n)) }
    case 'F16':
      return { shape, dtype: 'float32', data: Float32Array.from(new Uint16Array(buffer, at, n), float16) }
    case 'I16':
      return { shape, dtype: 'int32', data: Int32Array.from(new Int16Array(buffer, at, n)) }
    case 'I8':
      return { shape, dtype: 'int32', data: Int32Array.from(new Int8Array(buffer, at, n)) }
    case 'BF16':
      return { shape, dtype: 'float32', data: widenBfloat(new Uint16Array(buffer, at, n)) }
  }
}

/** A bfloat16 is the upper half of a float32. */
function widenBfloat(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length)
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] ?? 0) << 16
  return new Float32Array(bits.buffer)
}

/** Copies bytes whose offset is no multiple of the element's width, which typed arrays require. */
function aligned(bytes: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const whole = bytes.buffer instanceof ArrayBuffer && bytes.byteOffset % width === 0
  // An ArrayBuffer, as checked above.
  return whole ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
}
