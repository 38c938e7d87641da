/** The log of a training run, log.jsonl, which a resumed run continues exactly where its checkpoint was. */
import { open, type FileHandle } from 'node:fs/promises'
import { DataError } from '../errors.js'

/** Events that depend on the seed and the data alone: a run that was killed and resumed leaves the same log as an unbroken one. */
export interface Journal {
  write(event: object): Promise<void>
  /** Flushes the log to disk. @returns its length in bytes, which a checkpoint remembers */
  mark(): Promise<number>
  close(): Promise<void>
}

/**
 * @param length to continue from, as a checkpoint remembers it; the lines after it will be written again
 * @throws DataError where the file is shorter than that
 */
export async function openJournal(path: string, length = 0): Promise<Journal> {
  const file: FileHandle = await open(path, length > 0 ? 'r+' : 'w')
  const { size } = await file.stat()
  if (size < length) {
    await file.close()
    throw new DataError(
      `${path} has ${size} bytes, its checkpoint remembers ${length}: it is not this run's log`,
    )
  }
  await file.truncate(length)
  let end = length
  return {
    async write(event) {
      const bytes = Buffer.from(`${JSON.stringify(event)}\n`)
      await file.write(bytes, 0, bytes.length, end)
      end += bytes.length
    },
    async mark() {
      await file.sync()
      return end
    },
    close: () => file.close(),
  }
}
