/** Splits a command line into flags, values and positional words. */
import yargsParser from 'yargs-parser'
import { UsageError } from '../errors.js'
import { flagOf, suggest, valueName, type Option, type Options } from '../options.js'
import type { AnyStage } from '../stage.js'

/** What every stage takes beside its own options. */
export const commonOptions = {
  keepGoing: {
    type: 'boolean',
    describe: 'Report bad records on stderr as {"error","line"}, go on, and exit 1 at the end',
  },
  allowEmpty: {
    type: 'boolean',
    describe: 'Write the output of a stage that reads no records, in place of an error',
  },
  config: {
    describe: 'Options from a JSON object of names and values; flags and M2_* variables win',
    metavar: 'FILE',
  },
} as const satisfies Options

/** A command line's words by flag name, as they were written; `_` holds the words that belong to no flag. */
export interface Parsed {
  readonly [flag: string]: unknown
  readonly _: readonly (string | number)[]
}

/**
 * Sorts a stage's command line by its declarations: strict, with suggestions; values are checked in options.ts. This is
 * the parser inside yargs without the rest of yargs (help.ts), which takes longer to load than many stages take to run.
 *
 * @throws UsageError for an option that is unknown, or lacks its value
 */
export function parseWords(stage: AnyStage, argv: readonly string[]): Parsed {
  const options: Options = { ...stage.options, ...commonOptions }
  const flags = Object.keys(options).map(flagOf)
  const flagsWhere = (matches: (option: Option) => boolean) =>
    Object.entries(options).flatMap(([name, option]) => (matches(option) ? [flagOf(name)] : []))
  const opposites = oppositesOf(options)
  const { argv: parsed, error } = yargsParser.detailed([...argv], {
    alias: { help: ['h'] },
    boolean: ['help', ...flagsWhere(({ type }) => type === 'boolean'), ...opposites],
    array: flagsWhere(({ many }) => many === true),
    // NaN: a value or more.
    narg: Object.fromEntries(flagsWhere(({ type }) => type !== 'boolean').map((flag) => [flag, NaN])),
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    },
  })
  if (error)
    throw new UsageError(
      error.message.replace(/^Not enough arguments following: (.*)$/, '--$1 needs a value'),
    )
  const known = [...flags, ...opposites]
  for (const key of Object.keys(parsed))
    if (key !== '_' && key !== 'help' && key !== 'h' && !known.includes(key))
      throw new UsageError(
        `unknown option --${key}.${suggest(key, known, '--')} m2 ${stage.name} --help lists the options.`,
      )
  return parsed
}

/** `--no-keep-going` for every switch that has no such option declared. */
function oppositesOf(options: Options): string[] {
  const flags = Object.keys(options).map(flagOf)
  return Object.entries(options)
    .filter(([name, { type }]) => type === 'boolean' && !flagOf(name).startsWith('no-'))
    .map(([name]) => `no-${flagOf(name)}`)
    .filter((flag) => !flags.includes(flag))
}

/** Positional words to declared names; the last one may take several. */
export function positionals(stage: AnyStage, words: readonly (string | number)[]): Record<string, unknown> {
  const declared = Object.entries(stage.positional ?? {})
  const given: Record<string, unknown> = {}
  const rest = words.map(String)
  for (const [name, option] of declared) {
    const { many, required } = option
    if (rest.length === 0 && required)
      throw new UsageError(`${valueName(name, option)} is needed: ${option.describe}`)
    if (rest.length > 0) given[flagOf(name)] = many ? rest.splice(0) : rest.shift()
  }
  if (rest.length > 0) throw new UsageError(`unexpected argument "${rest[0]}"`)
  return given
}
