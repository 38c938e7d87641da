/** The log of a training run, log.jsonl, which a resumed run continues exactly where its checkpoint was. */
import { open, rm, type FileHandle } from 'node:fs/promises'
import { DataError } from '../errors.js'
import { cannotWrite } from '../files/refusal.js'

/** Events that depend on the seed and the data alone: a run that was killed and resumed leaves the same log as an unbroken one. */
export interface Journal {
  write(event: object): Promise<void>
  /** Flushes the log to disk. @returns its length in bytes, which a checkpoint remembers */
  mark(): Promise<number>
  /** An empty log is deleted. */
  close(): Promise<void>
}

/**
 * @param length to continue from, as a checkpoint remembers it; the lines after it will be written again
 * @throws DataError where the file is shorter than that
 */
export async function openJournal(path: string, length = 0): Promise<Journal> {
  const file: FileHandle = await open(path, length > 0 ? 'r+' : 'w').catch((error: unknown) => {
    throw cannotWrite(path, error)
  })
  try {
    const { size } = await file.stat()
    if (size < length)
      throw new DataError(
        `${path} has ${size} bytes, its checkpoint remembers ${length}: it is not this run's log`,
      )
    await file.truncate(length)
  } catch (error) {
    await file.close()
    throw error
  }
  let end = length
  return {
    async write(event) {
      const bytes = Buffer.from(`${JSON.stringify(event)}\n`)
      await file.write(bytes, 0, bytes.length, end).catch((error: unknown) => {
        throw cannotWrite(path, error)
      })
      end += bytes.length
    },
    async mark() {
      await file.sync()
      return end
    },
    async close() {
      await file.close()
      if (end === 0) await rm(path, { force: true })
    },
  }
}
