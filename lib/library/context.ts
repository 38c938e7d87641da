/** What a stage of the library is given beside its records: the caller's functions in place of stderr. */
import { DataError, messageOf } from '../errors.js'
import type { Context } from '../stage.js'
import type { Call } from './call.js'

/** @param places the number of each record, from 1 */
export function createContext(stage: string, call: Call, places: WeakMap<object, number>): Context {
  const { signal = new AbortController().signal, note, reject, progress } = call
  const where = (record: object) => `record ${places.get(record) ?? '?'}`
  const context: Context = {
    stage,
    keepGoing: reject !== undefined,
    signal,
    where,
    note: (message) => note?.(message),
    progress(unit, total) {
      let done = 0
      return {
        advance: (count = 1) => progress?.((done += count), unit, total),
        stop: () => undefined,
      }
    },
    fail: () => undefined, // its records say the same
    reject(error, record) {
      if (reject) reject(error, record)
      else if (record === undefined || !places.has(record)) throw error
      else throw new DataError(`${messageOf(error)} (${where(record)})`, { cause: error })
    },
    async *each(records, work) {
      for await (const record of records) {
        const result = await Promise.resolve(record)
          .then(work)
          .catch((error: unknown) => {
            if (!(error instanceof DataError)) throw error
            context.reject(error, record)
            return undefined
          })
        if (result !== undefined) yield result
      }
    },
  }
  return context
}
