/** Temporary files and folders, and the removal of those that a killed process left behind. */

import { readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { codeOf } from '../errors.js'

/** A new name for a temporary file beside `file`, on the same disk. */
export const temporaryBeside = (file: string): string => `${file}.${processTag()}-${serial++}.tmp`

/** Marks the temporary files of this process: its machine and its number. */
export const processTag = (): string => `${host}-${process.pid}`

/** Removes the temporary files beside `file` whose process on this machine has ended; looks once for each file. */
export async function sweepBeside(file: string): Promise<void> {
  if (swept.has(file)) return
  swept.add(file)
  await sweep(dirname(file), `${basename(file)}.`)
}

/** Removes files and folders of a directory with this prefix whose process on this machine has ended. */
export async function sweep(directory: string, prefix: string): Promise<void> {
  const names = await readdir(directory).catch(() => []) // what cannot be listed cannot be swept
  for (const name of names)
    if (name.startsWith(prefix) && isAbandoned(name.slice(prefix.length)))
      await rm(join(directory, name), { recursive: true, force: true }).catch(() => undefined) // not ours to remove
}

const host = hostname().replace(/[^A-Za-z0-9]/g, '')
const swept = new Set<string>()
let serial = 0

function isAbandoned(rest: string): boolean {
  if (!rest.startsWith(`${host}-`)) return false
  const pid = Number(/^(\d+)-/.exec(rest.slice(host.length + 1))?.[1])
  return Number.isSafeInteger(pid) && pid !== process.pid && !isRunning(pid)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH' // EPERM: another user's
  }
}
