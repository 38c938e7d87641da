import { UsageError } from './errors.js'
import { flagOf, suggest, valueName, type Option, type Options } from './options.js'
import type { AnyStage } from './stage.js'
import { stages } from './stages/index.js'

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

/** yargs over one stage's declarations: strict, with suggestions; values are checked in options.ts. */
export async function stageParser(stage: AnyStage, argv: readonly string[]) {
  const { default: yargs } = await import('yargs')
  const parser = yargs([...argv])
    .scriptName('m2')
    .usage(usage(stage))
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'parse-numbers': false,
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
  const opposites = oppositesOf(options)
  for (const flag of opposites) parser.option(flag, { type: 'boolean', hidden: true })
  for (const [command, does] of stage.examples ?? []) parser.example(command, does)
  const known = [...Object.keys(options).map(flagOf), ...opposites]
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

/** `--no-keep-going` for every switch that has no such option declared. */
function oppositesOf(options: Options): string[] {
  const flags = Object.keys(options).map(flagOf)
  return Object.entries(options)
    .filter(([name, { type }]) => type === 'boolean' && !flagOf(name).startsWith('no-'))
    .map(([name]) => `no-${flagOf(name)}`)
    .filter((flag) => !flags.includes(flag))
}

export function declare(
  parser: ReturnType<typeof import('yargs').default>,
  name: string,
  option: Option,
): void {
  const flag = flagOf(name)
  if (option.type === 'boolean') {
    parser.option(flag, { type: 'boolean', describe: describe(option) })
    return
  }
  parser.option(flag, {
    ...(option.many === true ? { array: true as const } : {}),
    requiresArg: true,
    describe: describe(option),
  })
}

/** An option's line in the help: what it does, what it takes, and whether it is needed or has a default. */
function describe({ describe, metavar, choices, default: fallback, many, required }: Option): string {
  const takes = choices ? choices.join(' | ') : metavar
  const facts = [takes && (many === true ? `${takes}...` : many === 'comma' ? `${takes},...` : takes)]
  if (required) facts.push('needed')
  if (fallback !== undefined && fallback !== false) facts.push(`default ${String(fallback)}`)
  const shown = facts.filter(Boolean).join(', ')
  return shown ? `${describe} [${shown}]` : describe
}

/** The help, without the names that yargs has for the kinds of options: its brackets hold what ours do not say. */
export async function helpOf(parser: Awaited<ReturnType<typeof stageParser>>): Promise<string> {
  return (await parser.getHelp()).replace(/\s+\[(?:boolean|array)\]$/gm, '')
}

/** The first lines of a stage's help. */
export function usage(stage: AnyStage): string {
  const names = Object.entries(stage.positional ?? {}).map(([name, option]) => {
    const word = `${valueName(name, option)}${option.many ? '...' : ''}`
    return option.required ? word : `[${word}]`
  })
  return [`m2 ${stage.name}`, ...names, '[options]'].join(' ') + `\n\n${stages[stage.name]?.summary ?? ''}`
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
