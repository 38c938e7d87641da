/** PyTorch files before 1.6: pickles, one after the other. */

import type { FileHandle } from 'node:fs/promises'
import { DataError } from '../../errors.js'
import { readFully } from '../../files/read.js'
import { TruncatedError, cursorAt, uint64 } from '../pickle/cursor.js'
import { widthOf } from '../dtypes.js'
import { readPickle } from '../pickle/pickle.js'
import { storageOf, torchConstructors, type Places, type Storage } from './tensors.js'

/**
 * Reads a legacy file: five pickles (a magic number, the protocol, the machine, the value, the keys of the storages in
 * order), then for each storage the number of its elements (int64) and the elements.
 */
export async function readLegacy(
  handle: FileHandle,
  file: string,
): Promise<{ value: unknown; places: Places }> {
  const { size } = await handle.stat()
  if (size === 0) throw new DataError(`${file}: truncated to nothing; expected a PyTorch checkpoint`)
  const { value, keys, storages, end } = await readPickles(handle, size, file)
  const places = new Map<string, { start: number; size: number }>()
  const count = new Uint8Array(8)
  let at = end
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined
    if (!storage) throw new DataError(`${file}: no tensor uses storage ${String(key)}; the file is damaged`)
    const read = await readFully(handle, count, at)
    const elements = read < 8 ? 0 : uint64(cursorAt(count, file))
    const bytes = storage.elements * widthOf[storage.type]
    if (elements !== storage.elements || at + 8 + bytes > size)
      throw new DataError(
        `${file}: truncated or damaged: expected ${storage.elements} elements of storage ${storage.key} at byte ${at} ` +
          `of ${size}`,
      )
    places.set(storage.key, { start: at + 8, size: bytes })
    at += 8 + bytes
  }
  return { value, places }
}

const magicNumber = 0x1950a86a20f9469cfc6cn
const largestPickle = 256 * 1024 * 1024

/** Reads more and more of the file until the pickles are complete: their length is not stored. */
async function readPickles(handle: FileHandle, size: number, file: string) {
  for (let length = 1024 * 1024; ; length *= 8) {
    const bytes = new Uint8Array(Math.min(length, size))
    await readFully(handle, bytes, 0)
    try {
      return parsePickles(bytes, file)
    } catch (error) {
      if (!(error instanceof TruncatedError) || length >= Math.min(size, largestPickle)) throw error
    }
  }
}

function parsePickles(bytes: Uint8Array, file: string) {
  const storages = new Map<string, Storage>()
  let at = 0
  const next = (part: string): unknown => {
    const where = `${file} (${part})`
    const { value, end } = readPickle(bytes, {
      at,
      where,
      constructors: torchConstructors,
      persistent(id) {
        const storage = storageOf(id, where)
        storages.set(storage.key, storage)
        return storage
      },
    })
    at = end
    return value
  }
  const magic = next('expected a file of torch.save')
  const protocol = magic === magicNumber ? next('protocol') : undefined
  if (protocol !== 1001)
    throw new DataError(
      `${file}: expected a file of torch.save, in its zip or its legacy format; found neither`,
    )
  const machine = next('machine')
  if (machine instanceof Map && machine.get('little_endian') !== true)
    throw new DataError(`${file}: expected little-endian tensors, found big-endian ones`)
  const value = next('value')
  const keys = next('storage keys')
  if (!Array.isArray(keys))
    throw new DataError(`${file}: expected a list of storage keys; the file is damaged`)
  return { value, keys: keys as readonly unknown[], storages, end: at } // not any[]
}
