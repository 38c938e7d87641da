/** Writing files whole or not at all. */

import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { cannotWrite, isRefusal } from './refusal.js'

/**
 * Writes a file whole or not at all: into a temporary file beside it, flushed to disk, then renamed over it. A kill, a
 * power cut or a full disk leaves the file that was there.
 *
 * @throws DataError naming the file where the system refuses; any other error of `write` is passed on
 */
export async function replaceFile(
  file: string,
  write: (handle: FileHandle) => Promise<unknown>,
): Promise<void> {
  const temporary = `${file}.tmp-${process.pid}-${serial++}`
  const handle = await open(temporary, 'w').catch((error: unknown) => {
    throw cannotWrite(file, error)
  })
  try {
    await write(handle)
    await handle.sync()
    await handle.close()
    await rename(temporary, file)
  } catch (error) {
    await handle.close().catch(() => undefined) // closed already when it was the rename that failed
    await rm(temporary, { force: true })
    throw isRefusal(error) ? cannotWrite(file, error) : error
  }
  await syncDirectory(dirname(file))
}

/** Makes a directory and its parents unless they exist. Throws DataError where the system refuses. */
export async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    throw cannotWrite(directory, error)
  })
}

/** Flushes a directory, so that renames in it survive a power cut; does nothing where the system cannot. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => undefined) // Windows cannot open directories
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

/** Writes all the bytes: one `FileHandle.write` may write fewer, and cannot write 2 GiB. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, at, Math.min(bytes.byteLength - at, piece))
    at += bytesWritten
  }
}

const piece = 64 * 1024 * 1024
let serial = 0
