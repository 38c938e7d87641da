/** PyTorch files: opening one of either format, and loading its tensors. */

import type { FileHandle } from 'node:fs/promises'
import { webPageTitle } from '../text.js'
import { DataError, messageOf } from '../../errors.js'
import { readFully, withFile } from '../../files/read.js'
import { sizeOf, type HostTensor, type HostTensors } from '../../tensor.js'
import { tensorOf, widthOf } from '../dtypes.js'
import { readLegacy } from './legacy.js'
import { TorchTensor, type Places } from './tensors.js'
import { readArchive } from './archive.js'

/** Loads one tensor: float types as float32, all others as they are stored. */
export type Load = (tensor: TorchTensor) => Promise<HostTensor>

/**
 * Opens a file of `torch.save`, in the zip format of PyTorch 1.6 or the legacy format, without PyTorch and without
 * executing its pickle.
 *
 * @param use receives the saved value (dicts as Maps, tensors as TorchTensors) and a function that loads a tensor; the file
 *   is open until `use` is done
 * @throws DataError where the file is truncated or compressed, or its pickle names anything but data and tensors
 */
export async function withTorchFile<T>(
  file: string,
  use: (value: unknown, load: Load) => T | Promise<T>,
): Promise<T> {
  return await withFile(file, async (handle) => {
    const magic = new Uint8Array(4)
    await readFully(handle, magic, 0)
    await refuseWebPage(handle, file)
    const isZip = magic.join() === '80,75,3,4'
    const { value, places } = await (isZip ? readArchive(handle, file) : readLegacy(handle, file))
    return await use(value, (tensor) => load(handle, tensor, places, file))
  })
}

/** Refuses a web page that a failed download saved under the checkpoint's name. */
async function refuseWebPage(handle: FileHandle, file: string): Promise<void> {
  const start = Buffer.alloc(2000)
  const { bytesRead } = await handle.read(start, 0, start.length, 0)
  const title = webPageTitle(start.toString('utf8', 0, bytesRead))
  if (title !== undefined)
    throw new DataError(
      `${file}: expected a PyTorch checkpoint, got a web page: "${title}"; download it again`,
    )
}

/**
 * The state_dict of a PyTorch file: the value itself, or what it holds as `state_dict` beside an optimizer's state.
 * The prefix `module.` of DataParallel is removed from the names.
 */
export async function readStateDict(file: string): Promise<HostTensors> {
  return withTorchFile(file, async (value, load) => {
    const entries: [string, HostTensor][] = []
    for (const [name, tensor] of stateDict(value, file)) entries.push([name, await load(tensor)])
    return Object.fromEntries(entries)
  })
}

function stateDict(value: unknown, file: string): [string, TorchTensor][] {
  const dict = value instanceof Map ? (value.get('state_dict') ?? value.get('model') ?? value) : value
  const found = dict instanceof Map ? [...dict] : []
  const tensors = found.filter((entry): entry is [string, TorchTensor] => entry[1] instanceof TorchTensor)
  if (tensors.length === 0 || tensors.length < found.length)
    throw new DataError(
      `${file}: expected a state_dict, or a checkpoint with one under "state_dict"; found ${
        value instanceof Map ? `a dict of ${[...value.keys()].slice(0, 8).map(String).join(', ')}` : 'no dict'
      }`,
    )
  const prefixed = tensors.every(([name]) => name.startsWith('module.'))
  return prefixed ? tensors.map(([name, tensor]) => [name.slice('module.'.length), tensor]) : tensors
}

async function load(
  handle: FileHandle,
  tensor: TorchTensor,
  places: Places,
  file: string,
): Promise<HostTensor> {
  const { storage, offset, shape, strides } = tensor
  const place = places.get(storage.key)
  const width = widthOf[storage.type]
  if (place?.size !== storage.elements * width)
    throw new DataError(
      `${file}: expected ${storage.elements * width} bytes of storage ${storage.key}, found ${place?.size ?? 'none'}; ` +
        'the file is truncated or damaged',
    )
  const size = sizeOf(shape)
  const extent =
    size === 0 ? 0 : 1 + shape.reduce((at, length, axis) => at + (length - 1) * (strides[axis] ?? 0), 0)
  const bytes = new Uint8Array(extent * width)
  if ((await readFully(handle, bytes, place.start + (storage.start + offset) * width)) < bytes.length)
    throw new DataError(`${file}: truncated within storage ${storage.key}`)
  const dense = extent === size && isRowMajor(shape, strides)
  try {
    return tensorOf(storage.type, shape, dense ? bytes : gather(bytes, width, shape, strides))
  } catch (error) {
    throw new DataError(`${file}: ${messageOf(error)}`)
  }
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 1
    if (length !== 1 && strides[axis] !== expected) return false
    expected *= length
  }
  return true
}

/** The elements of a strided view, in row-major order. */
function gather(
  bytes: Uint8Array,
  width: number,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array {
  const size = sizeOf(shape)
  const out = new Uint8Array(size * width)
  const index = shape.map(() => 0)
  let from = 0
  for (let to = 0; to < size; to++) {
    for (let byte = 0; byte < width; byte++) out[to * width + byte] = bytes[from * width + byte] ?? 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [next, length, stride] = [(index[axis] ?? 0) + 1, shape[axis] ?? 1, strides[axis] ?? 0]
      from += stride
      index[axis] = next
      if (next < length) break
      from -= length * stride
      index[axis] = 0
    }
  }
  return out
}
