/** What a stage of the command line is given beside its records: notes, progress, rejected records. */
import { DataError, messageOf } from '../errors.js'
import type { Context, Outcome } from '../stage.js'
import { createProgress } from './progress.js'
import { say } from './stderr.js'

/** A context that keeps count of the outcome. */
export function createContext(
  stage: string,
  {
    keepGoing = false,
    signal = new AbortController().signal,
    lines = new WeakMap(),
  }: { keepGoing?: boolean; signal?: AbortSignal; lines?: WeakMap<object, number> } = {},
  write: (line: string) => void = say,
): Context & Outcome {
  const where = (record: object) => (lines.has(record) ? `stdin:${lines.get(record)}` : 'stdin')
  const context: Context & Outcome = {
    rejected: 0,
    failed: false,
    stage,
    keepGoing,
    signal,
    where,
    note: (message) => write(`m2 ${stage}: ${message}`),
    progress: (unit, total) => createProgress(unit, total),
    fail: () => void (context.failed = true),
    reject(error, record) {
      const place = record && lines.has(record) ? ` (reading ${where(record)})` : ''
      if (!keepGoing) throw new DataError(`${messageOf(error)}${place}`, { cause: error })
      context.rejected++
      write(JSON.stringify({ error: messageOf(error), line: record && lines.get(record) }))
    },
    async *each(records, work) {
      for await (const record of records) {
        let result
        try {
          result = await work(record)
        } catch (error) {
          if (!(error instanceof DataError)) throw error
          context.reject(error, record)
          continue
        }
        if (result !== undefined) yield result
      }
    },
  }
  return context
}
