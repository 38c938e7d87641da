/** Reading files: whole, in chunks, at a position; what cannot be read is a DataError that names the file. */

import { createReadStream } from 'node:fs'
import { access, open, readFile, type FileHandle } from 'node:fs/promises'
import { cannotRead, isRefusal } from './refusal.js'

/**
 * Opens a file for reading, and closes it when `use` is done.
 *
 * @throws DataError naming the file where the system refuses; any other error of `use` is passed on
 */
export async function withFile<T>(file: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle
  try {
    handle = await open(file, 'r')
    return await use(handle)
  } catch (error) {
    throw isRefusal(error) ? cannotRead(file, error) : error
  } finally {
    await handle?.close()
  }
}

/** All of a file's bytes. Throws DataError where it cannot be read. */
export async function readWhole(file: string): Promise<Buffer> {
  return await readFile(file).catch((error: unknown) => {
    throw cannotRead(file, error)
  })
}

/** A file's bytes, in chunks. Throws DataError where it cannot be read. */
export async function* readChunks(file: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(file)
  } catch (error) {
    throw cannotRead(file, error)
  }
}

/** Whether there is a file or directory of this name. */
export const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

/** Fills `bytes` from `position` on. Returns the number of bytes read: fewer only at the end of the file. */
export async function readFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  let at = 0
  while (at < bytes.byteLength) {
    const length = Math.min(bytes.byteLength - at, piece)
    const { bytesRead } = await handle.read(bytes, at, length, position + at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  return at
}

/** One `FileHandle.read` cannot read 2 GiB. */
const piece = 64 * 1024 * 1024
