/** NumPy's files of arrays: .npy with one, .npz with several. */

import { buffer } from 'node:stream/consumers'
import yauzl from 'yauzl'
import { DataError } from '../errors.js'
import { beyondLimit, limitOf } from '../files/limits.js'
import { readWhole } from '../files/read.js'
import { cannotRead } from '../files/refusal.js'
import type { ImageId } from '../records.js'
import { float16 } from './floats.js'
import { describeStart } from './kinds.js'

/** A NumPy array of numbers. */
export interface NpyArray {
  shape: readonly number[]
  /** The type by NumPy's name, without the byte order: f4, i8, ... */
  dtype: keyof typeof readers
  /** In C order; float16 and float32 become float32, all other types float64. */
  values: Float32Array | Float64Array
}

/**
 * Parses a .npy file of numbers, versions 1.0 to 3.0, either byte order, C or Fortran order.
 *
 * Source: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays".
 *
 * @param name of the file, for errors
 * @throws DataError with the file and what is wrong with it
 */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const { header, start } = readHeader(bytes, name)
  const descr = /'descr':\s*'([<>|=])([a-z]\d+)'/.exec(header)
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1]
  const shape = /'shape':\s*\(([\d\s,L]*)\)/.exec(header)?.[1]
  if (!order || shape === undefined || !/'descr':/.test(header))
    throw new DataError(`${name}: expected descr, fortran_order and shape in the .npy header, got ${header}`)
  const [, endian, type] = descr ?? []
  if (!type || !isType(type))
    throw new DataError(
      `${name}: expected an array of numbers (${Object.keys(readers).join(', ')}), got ${
        /'descr':\s*('[^']*'|\[.*?\])/.exec(header)?.[1] ?? header
      }`,
    )
  const sizes = shape.split(',').flatMap((size) => (size.trim() === '' ? [] : [parseInt(size, 10)]))
  const count = sizes.reduce((product, size) => product * size, 1)
  const width = Number(type.slice(1))
  if (bytes.length - start !== count * width)
    throw new DataError(
      `${name}: expected ${count * width} bytes of values for shape (${sizes.join(', ')}) of ${type}, ` +
        `got ${bytes.length - start}${bytes.length - start < count * width ? ': the file was cut' : ''}`,
    )
  const read = readers[type]
  const view = new DataView(bytes.buffer, bytes.byteOffset + start)
  const values = new (type === 'f4' || type === 'f2' ? Float32Array : Float64Array)(count)
  for (let i = 0; i < count; i++) values[i] = read(view, i * width, endian !== '>')
  return { shape: sizes, dtype: type, values: order === 'True' ? toCOrder(values, sizes) : values }
}

/**
 * Reads arrays of numbers from an .npz file, a zip of .npy files.
 *
 * @param wanted which arrays to read; the others may be of any type
 * @throws DataError naming the file
 */
export async function readNpz(
  file: string,
  wanted: (name: string) => boolean,
): Promise<Map<string, NpyArray>> {
  const arrays = new Map<string, NpyArray>()
  try {
    const zip = await yauzl.fromBufferPromise(await readWhole(file), { lazyEntries: true })
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName.replace(/\.npy$/, '')
      if (!wanted(name)) continue
      if (entry.uncompressedSize > limitOf('member'))
        throw beyondLimit('member', `${file}: ${name}: an array`)
      const bytes = await buffer(await zip.openReadStreamPromise(entry))
      arrays.set(name, parseNpy(bytes, `${file}: ${name}`))
    }
  } catch (error) {
    throw cannotRead(file, error)
  }
  return arrays
}

/**
 * Reads a file of ids, such as the reference's `coco_test_ids.npy`: a one-dimensional array of integers. Ids beyond 2^53
 * are strings of the same digits.
 *
 * @throws DataError for another type or rank
 */
export async function readIds(file: string): Promise<ImageId[]> {
  const bytes = await readWhole(file)
  const { shape, dtype, values } = parseNpy(bytes, file)
  if (dtype.startsWith('f') || shape.length !== 1)
    throw new DataError(
      `${file}: expected int64 ids in one dimension, got ${dtype} of shape (${shape.join(', ')})`,
    )
  if (values.every(Number.isSafeInteger)) return Array.from(values)
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8 * values.length)
  const bigEndian = /'descr':\s*'>/.test(Buffer.from(bytes.subarray(0, 100)).toString('latin1'))
  return Array.from(values, (value, i) =>
    Number.isSafeInteger(value)
      ? value
      : String(dtype === 'u8' ? view.getBigUint64(8 * i, !bigEndian) : view.getBigInt64(8 * i, !bigEndian)),
  )
}

type Read = (view: DataView, offset: number, littleEndian: boolean) => number

/** How to read one number, by NumPy's name of its type. */
const readers = {
  i1: (view, offset) => view.getInt8(offset),
  u1: (view, offset) => view.getUint8(offset),
  i2: (view, offset, little) => view.getInt16(offset, little),
  u2: (view, offset, little) => view.getUint16(offset, little),
  i4: (view, offset, little) => view.getInt32(offset, little),
  u4: (view, offset, little) => view.getUint32(offset, little),
  i8: (view, offset, little) => Number(view.getBigInt64(offset, little)),
  u8: (view, offset, little) => Number(view.getBigUint64(offset, little)),
  f2: (view, offset, little) => float16(view.getUint16(offset, little)),
  f4: (view, offset, little) => view.getFloat32(offset, little),
  f8: (view, offset, little) => view.getFloat64(offset, little),
} as const satisfies Record<string, Read>

function isType(type: string): type is keyof typeof readers {
  return type in readers
}

const magic = Buffer.from('\x93NUMPY', 'latin1')

function readHeader(bytes: Uint8Array, name: string): { header: string; start: number } {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!file.subarray(0, magic.length).equals(magic))
    throw new DataError(`${name}: expected a .npy file, got ${describeStart(bytes)}`)
  const version = file[6]
  if (file.length < 12) throw new DataError(`${name}: the .npy header is cut`)
  if (version !== 1 && version !== 2 && version !== 3)
    throw new DataError(`${name}: expected .npy version 1, 2 or 3, got ${version}`)
  const length = version === 1 ? file.readUInt16LE(8) : file.readUInt32LE(8)
  const from = version === 1 ? 10 : 12
  if (file.length < from + length) throw new DataError(`${name}: the .npy header is cut`)
  return { header: file.toString('utf8', from, from + length).trim(), start: from + length }
}

/** From Fortran order, where the first index changes fastest, to C order, where the last does. */
function toCOrder<Values extends NpyArray['values']>(values: Values, shape: readonly number[]): Values {
  const ordered = values.slice()
  for (let i = 0; i < values.length; i++) {
    let rest = i
    let from = 0
    let stride = values.length
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1
      stride /= size
      from += (rest % size) * stride
      rest = Math.floor(rest / size)
    }
    ordered[i] = values[from] ?? 0
  }
  // slice() keeps the type of a typed array, but TypeScript widens it to the union.
  return ordered as Values
}
