/** What a stage is: its declaration, and what it may know and say while it runs. */
import type { z } from 'zod'
import type { DataError } from './errors.js'
import type { Options, OptionValues } from './options.js'

/**
 * A stage: an async generator over records. It knows nothing of stdin, argv or process; what it may say to the person
 * at the terminal goes through its context.
 */
export interface Stage<
  Input extends z.ZodType = z.ZodType,
  Positional extends Options = Options,
  Declared extends Options = Options,
> {
  name: string
  /** Schema of one input record; a stage without one is a source and never reads stdin. */
  input?: Input
  /** Whether stdin is read, where that depends on the options; default: whenever there is an `input`. */
  reads?(options: OptionValues<Positional & Declared>): boolean
  positional?: Positional
  options?: Declared
  /**
   * What SIGINT and SIGTERM do. They end the process at once, also within a long computation, unless the stage has something
   * to save (`save`: it ends by itself) or to clear away (`clear`: it is ended after the next record); `context.signal` tells it.
   */
  stops?: 'save' | 'clear'
  /** Whether all records together make one document, so that none at all is an error; default: where `--out` is given. */
  document?: boolean
  /** Command lines and what they do, for --help and docs/cli.md. */
  examples?: readonly (readonly [command: string, does: string])[]
  run(
    records: AsyncIterable<z.output<Input>>,
    options: OptionValues<Positional & Declared>,
    context: Context,
  ): AsyncIterable<object>
}

/** A stage whose types are forgotten, as the command line sees it: options are checked before they reach it. */
export interface AnyStage extends Pick<
  Stage,
  'name' | 'input' | 'positional' | 'options' | 'stops' | 'document' | 'examples'
> {
  reads?(options: Record<string, unknown>): boolean
  run(
    records: AsyncIterable<unknown>,
    options: Record<string, unknown>,
    context: Context,
  ): AsyncIterable<object>
}

/** Declares a stage; the types of its records and options follow from the schema and the declarations. */
export function defineStage<
  Input extends z.ZodType,
  const P extends Options = {},
  const D extends Options = {},
>(stage: Stage<Input, P, D>): Stage<Input, P, D> {
  return stage
}

/** What a stage may know and say beyond its records. */
export interface Context {
  readonly stage: string
  readonly keepGoing: boolean
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  /** One line for the person at the terminal. */
  note(message: string): void
  /** A progress bar on a TTY, silence elsewhere. */
  progress(unit: string, total?: number): Progress
  /** Where a record came from: `stdin:12`. */
  where(record: object): string
  /** Reports a record that cannot be used: throws, or with --keep-going counts it and returns. */
  reject(error: DataError, record?: object): void
  /** Makes the command exit 1 when it ends, as `m2 compare` does on a regression. */
  fail(): void
  /** Applies `work` to each record in turn, so that a DataError costs that one record under --keep-going. */
  each<R extends object, T extends object>(
    records: AsyncIterable<R>,
    work: (record: R) => T | undefined | Promise<T | undefined>,
  ): AsyncGenerator<T>
}

/** A count of work done, drawn on a TTY's stderr with its rate and the time left. */
export interface Progress {
  /** @param note where the work is, drawn beside the count */
  advance(count?: number, note?: string): void
  stop(): void
}

/** What a run amounted to: how many records were rejected, and whether the stage said that it failed. */
export interface Outcome {
  rejected: number
  failed: boolean
}
