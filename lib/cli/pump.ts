/** Runs a stage between stdin and stdout, until either closes or a signal arrives. */
import { constants } from 'node:os'
import { DataError, codeOf } from '../errors.js'
import { releaseStdin, takeStdin } from '../files/stdin.js'
import { readRecords } from '../formats/jsonl.js'
import type { AnyStage, Outcome } from '../stage.js'
import { createContext } from './context.js'

/**
 * Runs a stage from stdin to stdout until either end closes or a signal arrives.
 *
 * @returns the outcome, and the signal that stopped it
 */
export async function pump(
  stage: AnyStage,
  options: Record<string, unknown>,
  reads: boolean,
  keepGoing: boolean,
): Promise<Outcome & { stopped: NodeJS.Signals | undefined }> {
  const abort = new AbortController()
  let stopped: NodeJS.Signals | undefined
  const stop = (signal: NodeJS.Signals) => {
    if (stopped) process.exit(128 + constants.signals[signal]) // a second ^C does not wait
    stopped = signal
    abort.abort()
    process.stdin.destroy()
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)

  const lines = new WeakMap<object, number>()
  const context = createContext(stage.name, { keepGoing, signal: abort.signal, lines })
  const output = new Output()
  try {
    const records =
      reads && stage.input
        ? readRecords(takeStdin('the records'), stage.input, {
            lines,
            reject(error, line) {
              const place = {}
              lines.set(place, line)
              if (!keepGoing) throw error
              context.reject(error, place)
            },
          })
        : empty()
    for await (const record of stage.run(records, options, context)) {
      if (!(await output.write(`${JSON.stringify(record)}\n`))) break
      if (abort.signal.aborted && !stage.finishes) break
    }
  } catch (error) {
    if (!(stopped && codeOf(error) === 'ERR_STREAM_PREMATURE_CLOSE')) throw error
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    process.stdin.destroy()
    releaseStdin()
  }
  return { stopped, rejected: context.rejected, failed: context.failed }
}

async function* empty(): AsyncGenerator<never> {}

/** stdout with back-pressure; a reader that closes it early has had enough, and that is not an error. */
class Output {
  #broken: Error | undefined

  constructor() {
    process.stdout.on('error', (error: Error) => (this.#broken ??= error))
  }

  /** @returns false once the reader has closed */
  async write(text: string): Promise<boolean> {
    if (!this.#broken) {
      await new Promise<void>((resolve) => {
        process.stdout.write(text, (error) => {
          if (error) this.#broken ??= error
          resolve()
        })
      })
    }
    if (!this.#broken) return true
    if (codeOf(this.#broken) === 'EPIPE') return false
    throw new DataError(`cannot write to stdout: ${this.#broken.message}`)
  }
}
