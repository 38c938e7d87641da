/**
 * Several files of one directory, replaced together.
 *
 * The new files are written to a folder inside the directory. Renaming that folder to `.commit` makes the new set
 * valid; then each file is moved into place. Readers look into `.commit` first, so that after a kill at any moment they
 * find the whole old set or the whole new one, with nothing to repair. Files of other names are left alone.
 */

import { mkdtemp, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../errors.js'
import { cannotWrite, isRefusal } from './refusal.js'
import { makeDirectory, syncDirectory } from './replace.js'

/** Writes a file at the path it is given. */
export type Writer = (path: string) => Promise<unknown>

/**
 * Replaces files of a directory all at once; makes the directory if needed.
 *
 * @param files how to write each file, by name; undefined removes the file
 */
export async function replaceTogether(
  directory: string,
  files: Readonly<Record<string, Writer | undefined>>,
): Promise<void> {
  const isNew = (await sizeOrAbsent(directory)) === undefined
  await makeDirectory(directory)
  await settle(directory)
  const staged = await mkdtemp(join(directory, stagedPrefix)).catch((error: unknown) => {
    throw cannotWrite(directory, error)
  })
  try {
    for (const [name, write] of Object.entries(files)) {
      const path = join(staged, name)
      // An empty file stands for an absent one: the removal is part of the set.
      await (write ? write(path) : writeFile(path, ''))
    }
    await syncDirectory(staged)
    await rename(staged, join(directory, commit))
  } catch (error) {
    await rm(staged, { recursive: true, force: true })
    if (isNew) await rmdir(directory).catch(() => undefined) // unless something else is in it by now
    throw isRefusal(error) ? cannotWrite(directory, error) : error
  }
  await syncDirectory(directory)
  await settle(directory)
}

/** The current path of a file of the directory; undefined if there is none of that name. */
export async function currentPath(directory: string, name: string): Promise<string | undefined> {
  for (const path of [join(directory, commit, name), join(directory, name)]) {
    const size = await sizeOrAbsent(path)
    if (size !== undefined) return size > 0 ? path : undefined
  }
  return undefined
}

const commit = '.commit'
const stagedPrefix = '.staged-'

/**
 * Finishes a replacement that was killed after its commit; deletes what was killed before it. Only the process that writes to
 * the directory may call it.
 */
export async function settle(directory: string): Promise<void> {
  for (const name of await readdir(directory))
    if (name.startsWith(stagedPrefix)) await rm(join(directory, name), { recursive: true, force: true })
  const committed = join(directory, commit)
  const names = await readdir(committed).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (!names) return
  for (const name of names) {
    const path = join(committed, name)
    if ((await sizeOrAbsent(path)) === 0) {
      await rm(join(directory, name), { force: true })
      await rm(path)
    } else await rename(path, join(directory, name))
  }
  await syncDirectory(directory)
  await rm(committed, { recursive: true })
}

async function sizeOrAbsent(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined
    throw error
  }
}
