/** One command line: which stage runs, with which options, and the exit code that it ends with. */
import { constants } from 'node:os'
import { DataError, UsageError, messageOf } from '../errors.js'
import { isRefusal } from '../files/refusal.js'
import { resolveOptions, suggest, valueName } from '../options.js'
import { readConfig } from './config-file.js'
import { commonOptions, parseWords, positionals } from './parser.js'
import type { AnyStage } from '../stage.js'
import { loadStage, stages } from '../stages/index.js'
import { version } from '../version.js'

/** Exit codes: 0 ok, 1 bad data or failed comparison, 2 usage, 70 our bug, 128 + n stopped by signal n. */
const exitCodes = { ok: 0, data: 1, usage: 2, bug: 70 }

/** Runs one command line and returns its exit code. Everything that goes wrong becomes a message on stderr here. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const name = argv[0]
    if (argv.includes('--get-yargs-completions') || name === 'completion') {
      const { complete } = await import('./completion.js')
      await complete(argv)
      return exitCodes.ok
    }
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

async function runStage(stage: AnyStage, argv: readonly string[]): Promise<number> {
  const parsed = parseWords(stage, argv)
  if (parsed['help'] === true) {
    process.stdout.write(`${await help(stage)}\n`)
    return exitCodes.ok
  }
  const { positional = {}, options: declared = {} } = stage
  const given: Record<string, unknown> = { ...parsed, ...positionals(stage, parsed._) }
  const config =
    typeof given['config'] === 'string' ? readConfig(given['config'], { ...positional, ...declared }) : {}
  const options = {
    ...resolveOptions(positional, given, process.env, config, valueName),
    ...resolveOptions(declared, given, process.env, config),
  }
  const { keepGoing } = resolveOptions({ keepGoing: commonOptions.keepGoing }, given, process.env, config)

  const reads = stage.input !== undefined && (stage.reads?.(options) ?? true)
  if (reads && process.stdin.isTTY) {
    process.stderr.write(
      `${await help(stage)}\n\nm2 ${stage.name} reads JSONL records on stdin: pipe a stage or a file into it.\n`,
    )
    return exitCodes.usage
  }
  const { pump } = await import('./pump.js')
  const { stopped, rejected, failed } = await pump(stage, options, reads, keepGoing === true)
  if (stopped) return 128 + constants.signals[stopped]
  return rejected > 0 || failed ? exitCodes.data : exitCodes.ok
}

/** yargs lays out the help; it is not loaded for anything else. */
async function help(stage: AnyStage): Promise<string> {
  const { helpOf } = await import('./help.js')
  return helpOf(stage)
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

function report(stage: string | undefined, error: unknown): number {
  const name = stage !== undefined && stage in stages ? `m2 ${stage}` : 'm2'
  if (error instanceof UsageError) {
    process.stderr.write(`${name}: ${error.message}\n`)
    return exitCodes.usage
  }
  if (error instanceof DataError || isRefusal(error)) {
    process.stderr.write(`${name}: ${messageOf(error)}\n`)
    return exitCodes.data
  }
  process.stderr.write(
    `${name}: this is a bug in m2, please report it.\n${error instanceof Error ? error.stack : String(error)}\n`,
  )
  return exitCodes.bug
}
