/** Writing files whole or not at all. */

import { mkdirSync, statSync } from 'node:fs'
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DataError, codeOf } from '../errors.js'
import { cannotWrite, isRefusal } from './refusal.js'
import { sweepBeside, temporaryBeside } from './temporary.js'

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
  if (await isStream(file)) return await writeThrough(file, write)
  await sweepBeside(file)
  const temporary = temporaryBeside(file)
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

/** Whether a file is there and is a pipe or a device, which cannot be replaced. */
async function isStream(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  return found !== undefined && !found.isFile() && !found.isDirectory()
}

async function writeThrough(file: string, write: (handle: FileHandle) => Promise<unknown>): Promise<void> {
  try {
    const handle = await open(file, 'w')
    await write(handle).finally(() => handle.close())
  } catch (error) {
    throw isRefusal(error) ? cannotWrite(file, error) : error
  }
}

/** Makes a directory and its parents unless they exist. Throws DataError where the system refuses. */
export async function makeDirectory(directory: string): Promise<void> {
  makeDirectorySync(directory)
}

/**
 * The same, at once. Node's own `recursive` never returns where a directory exists but takes no others, as /proc does, and
 * calls a read-only disk ENOENT.
 */
export function makeDirectorySync(directory: string): void {
  if (madeOrThere(directory)) return
  const parent = dirname(directory)
  if (parent !== directory && !isDirectory(parent)) {
    makeDirectorySync(parent)
    if (madeOrThere(directory)) return
  }
  const error = new DataError(`cannot write ${directory}: ENOENT, the system makes no directory in ${parent}`)
  throw Object.assign(error, { code: 'ENOENT' })
}

/** Makes one directory. @returns false where its parent is missing, or seems to be */
function madeOrThere(directory: string): boolean {
  try {
    mkdirSync(directory)
    return true
  } catch (error) {
    if (isDirectory(directory)) return true
    if (codeOf(error) === 'ENOENT') return false
    throw cannotWrite(directory, error)
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false // absent, or beyond what this user may see
  }
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
