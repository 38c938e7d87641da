/** Writing files whole or not at all. */

import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { codeOf } from '../errors.js'
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

/**
 * Makes a directory and its parents unless they exist. (Node's own recursive mkdir never ends where a parent exists and
 * nothing can be made in it, as in /proc.)
 *
 * @throws DataError where the system refuses
 */
export async function makeDirectory(directory: string): Promise<void> {
  const missing: string[] = []
  for (let path = resolve(directory); !(await isDirectory(path, directory)); path = dirname(path))
    missing.unshift(path)
  for (const path of missing)
    await mkdir(path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw cannotWrite(directory, error) // else another process made it
    })
}

async function isDirectory(path: string, asked: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && dirname(path) !== path) return false
    throw cannotWrite(asked, error)
  }
  throw cannotWrite(asked, Object.assign(new Error('a file is there'), { code: 'EEXIST' }))
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
