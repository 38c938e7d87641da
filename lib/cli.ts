import { constants } from 'node:os'
import { DataError, UsageError, codeOf, messageOf } from './errors.js'
import { readRecords } from './jsonl.js'
import { flagOf, readConfig, resolveOptions, suggest, type Option, type Options } from './options.js'
import { createContext, type AnyStage } from './stage.js'
import { loadStage, stages } from './stages/index.js'
import { version } from './version.js'

/** Exit codes: 0 ok, 1 bad data or failed comparison, 2 usage, 70 our bug, 128 + n stopped by signal n. */
const exitCodes = { ok: 0, data: 1, usage: 2, bug: 70 }

/** Runs one command line and returns its exit code. Everything that goes wrong becomes a message on stderr here. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const name = argv[0]
    if (argv.includes('--get-yargs-completions') || name === 'completion') return await complete(argv)
    if (name === undefined || name === '--help' || name === '-h' || name === 'help')
      return overview(name === undefined)
    if (name === '--version') {
      process.stdout.write(`${version()}\n`)
      return exitCodes.ok
    }
    if (!(name in stages))
      throw new UsageError(
        `unknown stage "${name}".${suggest(name, Object.keys(stages))} m2 --help lists the stages.`,
      )
    return await runStage(await loadStage(name), argv.slice(1))
  } catch (error) {
    return report(argv[0], error)
  }
}

/** What every stage takes beside its own options. */
export const commonOptions = {
  keepGoing: {
    type: 'boolean',
    describe: 'Report bad records on stderr as {"error","line"}, go on, and exit 1 at the end',
  },
  config: {
    describe: 'Options from a JSON object of names and values; flags and M2_* variables win',
    metavar: 'FILE',
  },
} as const satisfies Options

async function runStage(stage: AnyStage, argv: readonly string[]): Promise<number> {
  const parser = await stageParser(stage, argv)
  const parsed = await parser.parseAsync()
  if (parsed['help'] === true) {
    process.stdout.write(`${await parser.getHelp()}\n`)
    return exitCodes.ok
  }
  const declared = { ...stage.positional, ...stage.options }
  const given: Record<string, unknown> = { ...parsed, ...positionals(stage, parsed._) }
  const config = typeof given['config'] === 'string' ? readConfig(given['config'], declared) : {}
  const options = resolveOptions(declared, given, process.env, config)
  const { keepGoing } = resolveOptions({ keepGoing: commonOptions.keepGoing }, given, process.env, config)

  const reads = stage.input !== undefined && (stage.reads?.(options) ?? true)
  if (reads && process.stdin.isTTY) {
    process.stderr.write(
      `${await parser.getHelp()}\n\nm2 ${stage.name} reads JSONL records on stdin: pipe a stage or a file into it.\n`,
    )
    return exitCodes.usage
  }
  return await pump(stage, options, reads, keepGoing === true)
}

/** stdin -> stage -> stdout, until either end closes or a signal arrives. */
async function pump(
  stage: AnyStage,
  options: Record<string, unknown>,
  reads: boolean,
  keepGoing: boolean,
): Promise<number> {
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
        ? readRecords(process.stdin, stage.input, lines, (error, line) => {
            const place = {}
            lines.set(place, line)
            if (!keepGoing) throw error
            context.reject(error, place)
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
  }
  if (stopped) return 128 + constants.signals[stopped]
  return context.rejected > 0 || context.failed ? exitCodes.data : exitCodes.ok
}

async function* empty(): AsyncGenerator<never> {}

/** stdout with back-pressure; a reader that closes it early has had enough, which is no error. */
class Output {
  #broken: Error | undefined

  constructor() {
    process.stdout.on('error', (error: Error) => (this.#broken ??= error))
  }

  /** @returns false once nobody reads any more */
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

/** yargs over one stage's declarations: strict, with suggestions; values are checked in options.ts. */
async function stageParser(stage: AnyStage, argv: readonly string[]) {
  const { default: yargs } = await import('yargs')
  const parser = yargs([...argv])
    .scriptName('m2')
    .usage(usage(stage))
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'parse-positional-numbers': false,
    })
    .help(false)
    .version(false)
    .option('help', { type: 'boolean', alias: 'h', describe: 'Show this help' })
    .exitProcess(false)
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .fail((message: string, error: Error | undefined) => {
      if (error instanceof UsageError) throw error
      throw new UsageError(message.replace(/^Not enough arguments following: (.*)$/, '--$1 needs a value'))
    })
  const options: Options = { ...stage.options, ...commonOptions }
  for (const [name, option] of Object.entries(options)) declare(parser, name, option)
  for (const [command, does] of stage.examples ?? []) parser.example(command, does)
  const known = Object.entries(options).flatMap(([name, { type }]) => {
    const flag = flagOf(name)
    return type === 'boolean' && !flag.startsWith('no-') ? [flag, `no-${flag}`] : [flag]
  })
  parser.check((parsed) => {
    for (const key of Object.keys(parsed))
      if (key !== '_' && key !== '$0' && key !== 'help' && key !== 'h' && !known.includes(key))
        throw new UsageError(
          `unknown option --${key}.${suggest(key, known, '--')} m2 ${stage.name} --help lists the options.`,
        )
    return true
  })
  return parser
}

function declare(parser: ReturnType<typeof import('yargs').default>, name: string, option: Option): void {
  const flag = flagOf(name)
  if (option.type === 'boolean') {
    parser.option(flag, { type: 'boolean', describe: describe(option) })
    if (!flag.startsWith('no-')) parser.option(`no-${flag}`, { type: 'boolean', hidden: true })
    return
  }
  parser.option(flag, {
    ...(option.many === true ? { array: true as const } : {}),
    type: 'string',
    requiresArg: true,
    describe: describe(option),
  })
}

/** An option's line in the help: what it does, what it takes, and its default. */
export function describe({ describe, metavar, choices, default: fallback, many }: Option): string {
  const takes = choices ? choices.join(' | ') : metavar
  const facts = [takes && (many === true ? `${takes}...` : many === 'comma' ? `${takes},...` : takes)]
  if (fallback !== undefined && fallback !== false) facts.push(`default ${String(fallback)}`)
  const shown = facts.filter(Boolean).join(', ')
  return shown ? `${describe} [${shown}]` : describe
}

/** The first line of a stage's help. */
export function usage(stage: AnyStage): string {
  const names = Object.entries(stage.positional ?? {}).map(([name, { required, many, metavar }]) => {
    const word = `${metavar ?? name.toUpperCase()}${many ? '...' : ''}`
    return required ? word : `[${word}]`
  })
  return [`m2 ${stage.name}`, ...names, '[options]'].join(' ') + `\n\n${stages[stage.name]?.summary ?? ''}`
}

/** Positional words to declared names; the last one may take several. */
function positionals(stage: AnyStage, words: readonly (string | number)[]): Record<string, unknown> {
  const declared = Object.entries(stage.positional ?? {})
  const given: Record<string, unknown> = {}
  const rest = words.map(String)
  for (const [name, { many, required, metavar, describe }] of declared) {
    if (rest.length === 0 && required)
      throw new UsageError(`${metavar ?? name.toUpperCase()} is needed: ${describe}`)
    if (rest.length > 0) given[flagOf(name)] = many ? rest.splice(0) : rest.shift()
  }
  if (rest.length > 0) throw new UsageError(`unexpected argument "${rest[0]}"`)
  return given
}

function overview(missing: boolean): number {
  const width = Math.max(...Object.keys(stages).map((name) => name.length))
  const rows = Object.entries(stages).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  const text = `m2 ${version()}: image captioning as a Unix pipeline

usage: m2 STAGE [options]

A stage reads JSONL records on stdin and writes JSONL records on stdout:

  m2 captions captions_val2014.json | m2 features coco.hdf5 | m2 decode --model runs/m2 | m2 score

stages:
${rows.join('\n')}

m2 STAGE --help shows a stage's options; m2 completion prints a completion script for bash or zsh.
`
  ;(missing ? process.stderr : process.stdout).write(text)
  return missing ? exitCodes.usage : exitCodes.ok
}

/** yargs writes the script and answers the shell's questions; it needs the stage being typed. */
async function complete(argv: readonly string[]): Promise<number> {
  const { default: yargs } = await import('yargs')
  const typed = argv.slice(argv.indexOf('--get-yargs-completions') + 1).find((word) => word in stages)
  const parser = yargs([...argv])
    .scriptName('m2')
    .exitProcess(false)
    .help(false)
    .version(false)
    .completion('completion')
  for (const [name, { summary }] of Object.entries(stages)) parser.command(name, summary)
  if (typed !== undefined) {
    const stage = await loadStage(typed)
    for (const [name, option] of Object.entries({ ...stage.options, ...commonOptions }))
      declare(parser, name, option)
  }
  await parser.parseAsync()
  return exitCodes.ok
}

function report(stage: string | undefined, error: unknown): number {
  const name = stage !== undefined && stage in stages ? `m2 ${stage}` : 'm2'
  if (error instanceof UsageError) {
    process.stderr.write(`${name}: ${error.message}\n`)
    return exitCodes.usage
  }
  if (error instanceof DataError || (codeOf(error) !== undefined && /^E[A-Z]+$/.test(codeOf(error) ?? ''))) {
    process.stderr.write(`${name}: ${messageOf(error)}\n`)
    return exitCodes.data
  }
  process.stderr.write(
    `${name}: this is a bug in m2, please report it.\n${error instanceof Error ? error.stack : String(error)}\n`,
  )
  return exitCodes.bug
}
