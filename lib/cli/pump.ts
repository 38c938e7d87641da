/** Runs a stage between stdin and stdout, until either closes or a signal arrives. */
import { constants } from 'node:os'
import { DataError, codeOf } from '../errors.js'
import { releaseStdin, takeStdin } from '../files/stdin.js'
import { readRecords } from '../formats/jsonl.js'
import { plainTextOf } from '../plain-text.js'
import type { AnyStage, Context, Outcome } from '../stage.js'
import { createContext } from './context.js'
import { writeStdout } from './stdout.js'

export interface PumpOptions {
  /** Whether the stage reads records on stdin. */
  reads: boolean
  keepGoing: boolean
  /** Whether a stage that writes a file or a document may do so without records. */
  allowEmpty: boolean
}

/**
 * Runs a stage from stdin to stdout until either end closes or a signal arrives.
 *
 * @returns the outcome, and the signal that stopped it
 */
export async function pump(
  stage: AnyStage,
  options: Record<string, unknown>,
  { reads, keepGoing, allowEmpty }: PumpOptions,
): Promise<Outcome & { stopped: NodeJS.Signals | undefined }> {
  const signals = stage.stops ? catchSignals() : undefined
  const lines = new WeakMap<object, number>()
  const context = createContext(stage.name, { keepGoing, lines, ...(signals && { signal: signals.signal }) })
  const makesOne = stage.document ?? options['out'] !== undefined
  try {
    const records = reads ? stdinRecords(stage, context, lines) : empty()
    const given = reads && makesOne && !allowEmpty ? atLeastOne(records, context.signal) : records
    for await (const record of stage.run(given, options, context)) {
      if (!(await writeStdout(`${plainTextOf(record) ?? JSON.stringify(record)}\n`))) break
      if (context.signal.aborted && stage.stops !== 'save') break
    }
  } catch (error) {
    if (signals?.stopped() === undefined || !followsStop(stage, error)) throw error
  } finally {
    signals?.release()
    process.stdin.destroy()
    releaseStdin()
  }
  return { stopped: signals?.stopped(), rejected: context.rejected, failed: context.failed }
}

/** Whether a stopped stage throws this because it was stopped: stdin was closed, its signal aborted. */
function followsStop({ stops }: AnyStage, error: unknown): boolean {
  const ended = ['ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(codeOf(error) ?? '')
  return ended || (stops === 'clear' && error instanceof DataError)
}

/** Turns the first SIGINT or SIGTERM into an aborted signal; a second ends the process. */
function catchSignals() {
  const abort = new AbortController()
  let stopped: NodeJS.Signals | undefined
  const stop = (signal: NodeJS.Signals) => {
    if (stopped) process.exit(128 + constants.signals[signal])
    stopped = signal
    abort.abort()
    process.stdin.destroy()
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  return {
    signal: abort.signal,
    stopped: () => stopped,
    release: () => void process.off('SIGINT', stop).off('SIGTERM', stop),
  }
}

function stdinRecords(
  { input }: AnyStage,
  context: Context,
  lines: WeakMap<object, number>,
): AsyncIterable<unknown> {
  return readRecords(takeStdin('the records'), input!, {
    lines,
    reject(error, line) {
      const place = {}
      lines.set(place, line)
      if (!context.keepGoing) throw error
      context.reject(error, place)
    },
  })
}

/** The same records; none is an error, unless the stage was stopped before the first. */
async function* atLeastOne<T>(records: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  let count = 0
  for await (const record of records) {
    count++
    yield record
  }
  if (count === 0 && !signal.aborted)
    throw new DataError(
      'there are no records on stdin, so nothing is written: did the stage before fail? --allow-empty writes all the same',
    )
}

async function* empty(): AsyncGenerator<never> {}
