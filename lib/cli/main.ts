/** One command line: which stage runs, with which options, and the exit code that it ends with. */
import { constants } from 'node:os'
import { DataError, UsageError, messageOf } from '../errors.js'
import { isRefusal } from '../files/refusal.js'
import { resolveOptions, suggest, valueName } from '../options.js'
import { readConfig } from './config-file.js'
import { commonOptions, parseWords, positionals } from './parser.js'
import { say } from './stderr.js'
import { writeStdout } from './stdout.js'
import type { AnyStage } from '../stage.js'
import { loadStage, stages } from '../stages/index.js'
import { version } from '../version.js'

/** Exit codes: 0 ok, 1 bad data or failed comparison, 2 usage, 70 our bug, 128 + n stopped by signal n. */
const exitCodes = { ok: 0, data: 1, usage: 2, bug: 70 }

/** Runs one command line and returns its exit code. Everything that goes wrong becomes a message on stderr here. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const name = argv[0]
    if (name === 'completion' || name === '--complete') {
      const { completionScript, completionsOf } = await import('./completion.js')
      const text =
        name === 'completion' ? completionScript(argv[1], process.env) : await completionsOf(argv.slice(1))
      process.stdout.write(text)
      return exitCodes.ok
    }
    if (name === undefined) {
      say(overview())
      return exitCodes.usage
    }
    if (name === '--version') return await print(version())
    if (name === '--help' || name === '-h' || name === 'help')
      return await print(name === 'help' && argv[1] ? await help(await stageOf(argv[1])) : overview())
    return await runStage(await stageOf(name), argv.slice(1))
  } catch (error) {
    return report(argv[0], error)
  }
}

/** Throws UsageError for a name that no stage has. */
async function stageOf(name: string): Promise<AnyStage> {
  if (name in stages) return await loadStage(name)
  throw new UsageError(
    `unknown stage "${name}".${suggest(name, Object.keys(stages))} m2 --help lists the stages.`,
  )
}

async function print(text: string): Promise<number> {
  await writeStdout(`${text}\n`)
  return exitCodes.ok
}

async function runStage(stage: AnyStage, argv: readonly string[]): Promise<number> {
  const parsed = parseWords(stage, argv)
  if (parsed['help'] === true) return await print(await help(stage))
  const { positional = {}, options: declared = {} } = stage
  const given: Record<string, unknown> = { ...parsed, ...positionals(stage, parsed._) }
  const config =
    typeof given['config'] === 'string' ? readConfig(given['config'], { ...positional, ...declared }) : {}
  const options = {
    ...resolveOptions(positional, given, process.env, config, valueName),
    ...resolveOptions(declared, given, process.env, config),
  }
  const { keepGoing, allowEmpty } = resolveOptions(commonOptions, given, process.env, config)
  if (Object.keys(process.env).some((name) => name.startsWith('M2_'))) {
    const { unknownVariables } = await import('./variables.js')
    for (const note of await unknownVariables(stage, process.env)) say(`m2 ${stage.name}: ${note}`)
  }

  const reads = stage.input !== undefined && (stage.reads?.(options) ?? true)
  if (reads && process.stdin.isTTY) {
    say(
      `${await help(stage)}\n\nm2 ${stage.name} reads JSONL records on stdin: pipe a stage or a file into it.`,
    )
    return exitCodes.usage
  }
  const { pump } = await import('./pump.js')
  const { stopped, rejected, failed } = await pump(stage, options, {
    reads,
    keepGoing: keepGoing === true,
    allowEmpty: allowEmpty === true,
  })
  if (stopped) return 128 + constants.signals[stopped]
  return rejected > 0 || failed ? exitCodes.data : exitCodes.ok
}

/** yargs lays out the help; it is not loaded for anything else. */
async function help(stage: AnyStage): Promise<string> {
  const { helpOf } = await import('./help.js')
  return helpOf(stage)
}

function overview(): string {
  const width = Math.max(...Object.keys(stages).map((name) => name.length))
  const rows = Object.entries(stages).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  return `m2 ${version()}: image captioning as a Unix pipeline

usage: m2 STAGE [options]

A stage reads JSONL records on stdin and writes JSONL records on stdout:

  m2 captions captions_val2014.json | m2 features coco.hdf5 | m2 decode --model runs/m2 | m2 score

stages:
${rows.join('\n')}

m2 STAGE --help shows a stage's options; m2 completion prints a completion script for bash, zsh or fish.`
}

function report(stage: string | undefined, error: unknown): number {
  const name = stage !== undefined && stage in stages ? `m2 ${stage}` : 'm2'
  if (error instanceof UsageError) {
    say(`${name}: ${error.message}`)
    return exitCodes.usage
  }
  if (error instanceof DataError || isRefusal(error)) {
    say(`${name}: ${messageOf(error)}`)
    return exitCodes.data
  }
  const trace = error instanceof Error ? error.stack : String(error)
  say(`${name}: this is a bug in m2, please report it.\n${trace}`)
  return exitCodes.bug
}
