/** What a file argument may be: a file, a pipe (`<(zcat part*.gz)`), or `-` for stdin. */

import { createReadStream, rmSync } from 'node:fs'
import { mkdtemp, open, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DataError } from '../errors.js'
import { beyondLimit, limitOf, type Limit } from './limits.js'
import { cannotRead, cannotWrite } from './refusal.js'
import { takeStdin } from './stdin.js'
import { processTag, sweep } from './temporary.js'

/** Whether a file argument is something that can be read only once, from front to back. */
export async function isPipe(file: string): Promise<boolean> {
  if (file === '-') return true
  const found = await statOf(file)
  return !found.isFile() && !found.isDirectory()
}

/**
 * The bytes of a file argument, in chunks.
 *
 * @throws DataError where it cannot be read, or is a pipe that was read before
 */
export async function* readInput(file: string): AsyncGenerator<Uint8Array> {
  const copy = copies.get(file)
  if (copy !== undefined) yield* readFrom(await copy, file)
  else if (await isPipe(file)) yield* pipeOf(file).bytes()
  else yield* readFrom(file, file)
}

/**
 * A file with the bytes of a file argument, for readers that move about in it: the argument itself or, for a pipe, a
 * copy in the folder for temporary files (TMPDIR), which is removed when the process ends.
 *
 * @param limit the bound on the size of a pipe, if there is one
 */
export async function seekable(file: string, limit?: Limit): Promise<string> {
  if (!copies.has(file)) {
    if (!(await isPipe(file))) return file
    copies.set(file, spool(file, limit))
  }
  return await copies.get(file)!
}

/** The first bytes of a file argument, at least 512 unless it is shorter; those of a pipe can still be read after. */
export async function startOf(file: string): Promise<Uint8Array> {
  if (!copies.has(file) && (await isPipe(file))) return await pipeOf(file).start()
  for await (const chunk of readFrom(await seekable(file), file, 4096)) return chunk
  return new Uint8Array(0)
}

/** Tells the person at the terminal of a large copy. */
export const spooling = {
  note: (message: string): void => void process.stderr.write(`m2: ${message}\n`),
  /** Copies larger than this are told of. */
  large: 256 * 2 ** 20,
}

/** Copies of pipes, by the pipe's name. */
const copies = new Map<string, Promise<string>>()
const pipes = new Map<string, ReturnType<typeof openPipe>>()
const blockSize = 1 << 20
const enoughToTell = 512

const nameOf = (file: string) => (file === '-' ? 'stdin' : file)

function pipeOf(file: string) {
  const pipe = pipes.get(file) ?? openPipe(file)
  pipes.set(file, pipe)
  return pipe
}

/** A pipe, whose start may be looked at before it is read, once. */
function openPipe(file: string) {
  const bytes = file === '-' ? takeStdin('the file "-"') : readFrom(file, file)
  const iterator = bytes[Symbol.asyncIterator]()
  const held: Uint8Array[] = []
  let read = false
  const checkUnread = () => {
    if (read) throw new DataError(`cannot read ${nameOf(file)} again: it is a pipe, which is read once`)
  }
  return {
    async start(): Promise<Uint8Array> {
      checkUnread()
      for (let size = 0; size < enoughToTell;) {
        const next = await iterator.next()
        if (next.done) break
        held.push(next.value)
        size += next.value.length
      }
      return Buffer.concat(held)
    },
    async *bytes(): AsyncGenerator<Uint8Array> {
      checkUnread()
      read = true
      try {
        yield* held.splice(0)
        yield* { [Symbol.asyncIterator]: () => iterator }
      } finally {
        await iterator.return?.()
      }
    },
  }
}

async function* readFrom(path: string, file: string, highWaterMark = blockSize): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark })
  } catch (error) {
    throw cannotRead(file, error)
  }
}

/** Copies a pipe to a temporary file. */
async function spool(file: string, limit: Limit | undefined): Promise<string> {
  await sweep(tmpdir(), prefix)
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${processTag()}-`)).catch((error: unknown) => {
    throw cannotWrite(join(tmpdir(), prefix), error)
  })
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'pipe')
  const copy = await open(path, 'w')
  let size = 0
  try {
    for await (const chunk of pipeOf(file).bytes()) {
      if (size <= spooling.large && size + chunk.length > spooling.large)
        spooling.note(`${nameOf(file)} is a pipe and is being copied to ${folder} (TMPDIR chooses the disk)`)
      size += chunk.length
      if (limit !== undefined && size > limitOf(limit)) throw beyondLimit(limit, `${nameOf(file)}: an input`)
      await copy.writeFile(chunk).catch((error: unknown) => {
        throw cannotWrite(path, error)
      })
    }
  } finally {
    await copy.close()
  }
  return path
}

const prefix = 'm2-pipe-'

async function statOf(file: string) {
  return await stat(file).catch((error: unknown) => {
    throw cannotRead(file, error)
  })
}
