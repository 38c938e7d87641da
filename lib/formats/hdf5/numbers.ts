/** Numbers of HDF5's types, as libhdf5 leaves them in its memory. */
import { float16 } from '../floats.js'

/** Reads one number. h5wasm gives little-endian numbers, whatever the file's byte order. */
type Decode = (view: DataView, at: number) => number
type Classes = Readonly<Record<'H5T_FLOAT' | 'H5T_INTEGER', { value: number }>>

/**
 * How numbers of a type are read; undefined for a type that is not a number.
 *
 * @param classes h5wasm's numbers of HDF5's classes of types
 */
export function decoder(classes: Classes, type: number, size: number, signed: boolean): Decode | undefined {
  if (type === classes.H5T_FLOAT.value) return floats[size]
  if (type === classes.H5T_INTEGER.value) return (signed ? integers : naturals)[size]
  return undefined
}

type Decoders = Readonly<Record<number, Decode>>
const floats: Decoders = {
  2: (view, at) => float16(view.getUint16(at, true)),
  4: (view, at) => view.getFloat32(at, true),
  8: (view, at) => view.getFloat64(at, true),
}
const integers: Decoders = {
  1: (view, at) => view.getInt8(at),
  2: (view, at) => view.getInt16(at, true),
  4: (view, at) => view.getInt32(at, true),
  8: (view, at) => Number(view.getBigInt64(at, true)),
}
const naturals: Decoders = {
  1: (view, at) => view.getUint8(at),
  2: (view, at) => view.getUint16(at, true),
  4: (view, at) => view.getUint32(at, true),
  8: (view, at) => Number(view.getBigUint64(at, true)),
}
