/**
 * An HDF5 file that grows image by image and survives being interrupted. While it grows it is `FILE.part`, and a journal
 * beside it, `FILE.journal`, says line by line what is complete; the journal stays when the file is whole, so that more can
 * be added. Whatever strikes, kill or full disk, what the journal names is in the file.
 */
import { open, rename, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DataError } from '../../errors.js'
import { cannotWrite } from '../../files/refusal.js'
import { syncDirectory, writeFully } from '../../files/replace.js'
import { float32ToBytes } from '../floats.js'
import { readJournal, readNote, type Place } from './journal.js'
import { closingStructures, datasetHeader, superblockSize } from './structures.js'

/** One dataset to be added. */
export interface Dataset {
  readonly data: Float32Array
  readonly shape: readonly number[]
}

export interface GrowingFile {
  /** What was noted with an image that is complete; undefined for one that is not. */
  note(key: string): Promise<object | undefined>
  /**
   * Adds an image's datasets, and a note of it. Await it before the next.
   *
   * @throws DataError where a name is taken, or the disk is full; what was added before stays
   */
  add(key: string, datasets: Readonly<Record<string, Dataset>>, note: object): Promise<void>
  /** Makes the file whole and moves it to its place. */
  close(): Promise<void>
  /** Leaves the file as far as it has come. */
  leave(): Promise<void>
}

export interface GrowingOptions {
  /** Whether to go on with what is there. */
  readonly resume: boolean
  /** What the file's contents depend on, by name: resuming with other values is refused. */
  readonly made: Readonly<Record<string, unknown>>
}

/**
 * @throws DataError where the file cannot be written, was begun with other values, or holds an interrupted run and `resume` is
 *   false
 */
export async function openGrowingFile(path: string, { resume, made }: GrowingOptions): Promise<GrowingFile> {
  const files = { whole: path, part: `${path}.part`, journal: `${path}.journal` }
  const { lines, start } = resume ? await readJournal(files.journal, made) : { lines: [], start: 0 }
  if (!resume && (await sizeOf(files.part)) !== undefined)
    throw new DataError(
      `${files.part} is the beginning of ${path}, of a run that was interrupted: --resume goes on with it; ` +
        'remove it to start again',
    )
  const addresses = new Map<string, number>()
  const notes = new Map<string, Place>() // where each lies in the journal, which holds more than memory should
  let end = superblockSize
  let noted = start // bytes of the journal, with those that are still to be written
  let pending: Uint8Array[] = []
  let flushed = performance.now()
  const partial = await sizeOf(files.part)
  const there = partial ?? (await sizeOf(files.whole)) ?? 0
  for (const line of lines) {
    if (line.end > there) break // the journal is never ahead of the file, unless someone cut it
    for (const [name, address] of Object.entries(line.datasets)) addresses.set(name, address)
    notes.set(line.key, line.place)
    end = line.end
    noted = line.place.at + line.place.length
  }
  let handles: { data: FileHandle; journal: FileHandle } | undefined

  /** The file as it grows; a whole one is only taken back when there is something to add. */
  async function writable() {
    if (handles) return handles
    if (notes.size > 0 && partial === undefined) await rename(files.whole, files.part)
    const data = await open(files.part, notes.size > 0 ? 'r+' : 'w')
    const journal = await open(files.journal, notes.size > 0 ? 'r+' : 'w')
    await data.truncate(end)
    if (notes.size === 0) {
      await writeFully(data, new Uint8Array(superblockSize))
      const first = Buffer.from(`${JSON.stringify({ made })}\n`)
      await writeFully(journal, first)
      noted = first.length
    } else await journal.truncate(noted)
    await syncDirectory(dirname(path))
    handles = { data, journal }
    return handles
  }

  /** Writes what the journal is to say, once the disk has what it speaks of. */
  async function flush(): Promise<void> {
    if (pending.length === 0 || !handles) return
    const lines = Buffer.concat(pending)
    await handles.data.datasync()
    await writeAt(handles.journal, lines, noted - lines.length)
    pending = []
    flushed = performance.now()
  }

  async function leave(): Promise<void> {
    await flush().catch(() => undefined) // a full disk: the next run computes these again
    await handles?.data.close().catch(() => undefined)
    await handles?.journal.close().catch(() => undefined)
    handles = undefined
  }

  async function append(
    key: string,
    datasets: Readonly<Record<string, Dataset>>,
    note: object,
  ): Promise<void> {
    const { data } = await writable()
    const pieces: Uint8Array[] = []
    const added: Record<string, number> = {}
    let to = end
    for (const [name, { data: values, shape }] of Object.entries(datasets)) {
      if (addresses.has(name) || name.includes('/'))
        throw new DataError(`${path}: dataset ${name} cannot be added`)
      const header = datasetHeader(shape, to)
      added[name] = to
      pieces.push(header, float32ToBytes(values), new Uint8Array(-values.byteLength & 7))
      to += header.length + values.byteLength + (-values.byteLength & 7)
    }
    await writeAt(data, Buffer.concat(pieces), end)
    const line = Buffer.from(`${JSON.stringify({ key, datasets: added, end: to, note })}\n`)
    pending.push(line)
    notes.set(key, { at: noted, length: line.length })
    noted += line.length
    end = to
    for (const [name, address] of Object.entries(added)) addresses.set(name, address)
    if (performance.now() - flushed > flushEvery) await flush()
  }

  return {
    async note(key) {
      const place = notes.get(key)
      if (place && pending.length > 0) await flush()
      return place && (await readNote(files.journal, place))
    },
    add: (key, datasets, note) =>
      append(key, datasets, note).catch((error: unknown) => {
        throw cannotWrite(files.part, error)
      }),
    async close() {
      try {
        if (!handles && partial === undefined && notes.size > 0) return // whole already
        const { data } = await writable()
        const closing = closingStructures(addresses, end)
        await writeAt(data, Buffer.concat(closing.bytes), end)
        await writeAt(data, closing.superblock, 0)
        await flush()
        await data.sync()
        await leave()
        await rename(files.part, files.whole)
        await syncDirectory(dirname(path))
      } catch (error) {
        await leave()
        throw cannotWrite(path, error)
      }
    },
    leave,
  }
}

/** Milliseconds of work that a kill may cost: the disk is waited for no more often. */
const flushEvery = 1000

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at)
    at += bytesWritten
  }
}

const sizeOf = (file: string): Promise<number | undefined> =>
  stat(file).then(
    ({ size }) => size,
    () => undefined,
  )
