/** Values that lie one after another in a file. */
import { read as readBytes } from 'node:fs'
import { DataError, messageOf } from '../errors.js'
import { float16, littleEndian } from '../formats/floats.js'
import { bytesOf, type datatypes } from '../formats/hdf5/datasets.js'

/** Reads little-endian numbers of `type` at `offset` into `values`, in place where they are float32. */
export async function readContiguous(
  { fd, file, offset, type }: { fd: number; file: string; offset: number; type: (typeof datatypes)[number] },
  values: Float32Array,
): Promise<void> {
  const direct = type === 'float32' && littleEndian
  const bytes = direct
    ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    : new Uint8Array(values.length * bytesOf[type])
  await pread({ fd, file }, bytes, offset)
  if (direct) return
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++)
    values[i] =
      type === 'float16'
        ? float16(view.getUint16(2 * i, true))
        : type === 'float32'
          ? view.getFloat32(4 * i, true)
          : view.getFloat64(8 * i, true)
}

/** Fills `bytes`. The callback form of fs.read takes two thirds of the time of a FileHandle's. */
function pread(
  opened: { fd: number; file: string },
  bytes: Uint8Array,
  position: number,
  at = 0,
): Promise<void> {
  const { fd, file } = opened
  return new Promise((resolve, reject) => {
    if (at === bytes.length) return resolve()
    readBytes(fd, bytes, at, bytes.length - at, position + at, (error, count) => {
      if (error) reject(new DataError(`cannot read ${file}: ${messageOf(error)}`, { cause: error }))
      else if (count === 0) reject(new DataError(`cannot read ${file}: the file ends early`))
      else if (at + count === bytes.length) resolve()
      else resolve(pread(opened, bytes, position, at + count))
    })
  })
}
