/** What tests of stages share: a context that listens, records in and out. */
import { createContext } from '../../lib/cli/context.js'
import type { Context, Outcome } from '../../lib/stage.js'
import { closesAll } from './open-files.js'

/** A context whose messages are kept. */
export function listen(stage: string, options?: { keepGoing?: boolean; lines?: WeakMap<object, number> }) {
  const said: string[] = []
  const context: Context & Outcome = createContext(stage, options, (line) => said.push(line))
  return { context, said }
}

/** Everything a stage gives out. Whether it succeeds or fails, it must have closed what it opened. */
export async function collect<T>(records: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  await closesAll(async () => {
    for await (const record of records) all.push(record)
  })
  return all
}

/** Records as a stage receives them, line by line. */
export async function* stream<T>(records: readonly T[]): AsyncGenerator<T> {
  yield* records
}
