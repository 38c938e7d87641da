import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a file whole or not at all: into a temporary file beside it, flushed to disk, then renamed over it. A kill, a
 * power cut or a full disk leaves the file that was there.
 */
export async function replaceFile(
  file: string,
  write: (handle: FileHandle) => Promise<unknown>,
): Promise<void> {
  const temporary = `${file}.tmp-${process.pid}-${serial++}`
  const handle = await open(temporary, 'w')
  try {
    await write(handle)
    await handle.sync()
    await handle.close()
    await rename(temporary, file)
  } catch (error) {
    await handle.close().catch(() => undefined) // closed already when it was the rename that failed
    await rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(dirname(file))
}

/** Makes the renames in a directory survive a power cut, where the system lets a directory be flushed. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => undefined) // Windows opens no directories
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

/** Writes all the bytes: `FileHandle.write` may stop short, and cannot take 2 GiB at once. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, at, Math.min(bytes.byteLength - at, piece))
    at += bytesWritten
  }
}

/** Fills `bytes` from `position` on; returns how many there were, fewer only where the file ends. */
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

const piece = 64 * 1024 * 1024
let serial = 0
