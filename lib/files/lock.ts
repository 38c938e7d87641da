/** A lock on a folder: one process writes to it at a time. */
import { constants, open, rm, stat, type FileHandle } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import koffi from 'koffi'
import { DataError, codeOf } from '../errors.js'
import { cannotWrite } from './refusal.js'

export interface Lock {
  release(): Promise<void>
}

/**
 * Locks a folder for this process. The system itself holds the lock (flock), on an open file `.lock`, and gives it up when the
 * process ends, however it ends: a file that kill -9 left behind locks nothing. The file says who has the lock, for the
 * message. Where the system has no such locks (Windows, some network disks), what the file says decides.
 *
 * @throws DataError naming the process that has the lock
 */
export async function lockFolder(directory: string): Promise<Lock> {
  const path = join(directory, '.lock')
  for (;;) {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o666).catch((error: unknown) => {
      throw cannotWrite(path, error)
    })
    try {
      const owner = ownerIn(await handle.readFile('utf8'))
      const locked = tryLock(handle)
      if (locked === 'taken' || (locked === 'unknown' && owner && (await mayRun(owner))))
        throw inUse(directory, owner)
      // Its owner may have deleted the file between our opening and our locking it.
      if (await isStill(handle, path)) {
        await writeOwner(handle)
        return { release: () => release(handle, path) }
      }
    } catch (error) {
      await handle.close()
      throw error
    }
    await handle.close()
  }
}

interface Owner {
  readonly process: number
  readonly host: string
}

function inUse(directory: string, owner: Owner | undefined): DataError {
  const who = owner ? `process ${owner.process} on ${owner.host}` : 'another process'
  return new DataError(
    `${directory} is in use: ${who} writes there. Wait until it ends, stop it, or give another --out`,
  )
}

function ownerIn(text: string): Owner | undefined {
  const [, process, host] = /^(\d+) (\S+)\n$/.exec(text) ?? []
  return process !== undefined && host !== undefined ? { process: Number(process), host } : undefined
}

async function writeOwner(handle: FileHandle): Promise<void> {
  await handle.truncate(0)
  await handle.write(`${process.pid} ${hostname()}\n`, 0)
}

async function release(handle: FileHandle, path: string): Promise<void> {
  await rm(path, { force: true })
  await handle.close()
}

async function isStill(handle: FileHandle, path: string): Promise<boolean> {
  try {
    const [own, there] = [await handle.stat({ bigint: true }), await stat(path, { bigint: true })]
    return own.ino === there.ino && own.dev === there.dev
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Tries to lock an open file by flock(2), without waiting. */
function tryLock(handle: FileHandle): 'ours' | 'taken' | 'unknown' {
  const [exclusive, withoutWaiting] = [2, 4] // LOCK_EX and LOCK_NB, the same on Linux, macOS and the BSDs
  try {
    const flock = koffi.load(null).func('flock', 'int', ['int', 'int'])
    if (flock(handle.fd, exclusive | withoutWaiting) === 0) return 'ours'
    const { EAGAIN, EWOULDBLOCK } = koffi.os.errno
    return [EAGAIN, EWOULDBLOCK].includes(koffi.errno()) ? 'taken' : 'unknown'
  } catch {
    return 'unknown' // there is no flock here
  }
}

/** Whether the process that a lock file names may still be running; of another machine it may. */
async function mayRun({ process: id, host }: Owner): Promise<boolean> {
  if (host !== hostname()) return true
  if (id === process.pid) return false // left by an earlier process of the same number
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}
