/** Reading files whole or at a position; what cannot be read is a DataError that names the file. */

import { access, open, readFile, type FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { gunzip, isGzip } from './gunzip.js'
import { seekable } from './input.js'
import { beyondLimit, limitOf } from './limits.js'
import { cannotRead, isRefusal } from './refusal.js'

/**
 * Opens a file, or the copy of a pipe, for reading, and closes it when `use` is done.
 *
 * @throws DataError naming the file where the system refuses; any other error of `use` is passed on
 */
export async function withFile<T>(file: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  const path = await seekable(file)
  let handle
  try {
    handle = await open(path, 'r')
    return await use(handle)
  } catch (error) {
    throw isRefusal(error) ? cannotRead(file, error) : error
  } finally {
    await handle?.close()
  }
}

/**
 * All of a file's bytes, decompressed if it is gzipped.
 *
 * @throws DataError where it cannot be read, or is larger than a file that is read whole should be
 */
export async function readWhole(file: string): Promise<Buffer> {
  const path = await seekable(file, 'member')
  const bytes = await readFile(path).catch((error: unknown) => {
    throw cannotRead(file, error)
  })
  if (!isGzip(bytes)) return bytes
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of gunzip(Readable.from([bytes]), file)) {
    size += part.length
    if (size > limitOf('member')) throw beyondLimit('member', `${file}: a gzip file that unpacks to a size`)
    parts.push(part)
  }
  return Buffer.concat(parts)
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
