/** The text of `m2 STAGE --help`. */
import yargs from 'yargs'
import { flagOf, valueName, type Option, type Options } from '../options.js'
import { commonOptions } from './parser.js'
import type { AnyStage } from '../stage.js'
import { stages } from '../stages/index.js'

/** The help of a stage. yargs's own type names are removed: the brackets that we write say more. */
export async function helpOf(stage: AnyStage): Promise<string> {
  const parser = yargs([])
    .scriptName('m2')
    .locale('en')
    .usage(usage(stage))
    .help(false)
    .version(false)
    .option('help', { type: 'boolean', alias: 'h', describe: 'Show this help' })
    .wrap(Math.min(110, process.stdout.columns ?? 110))
  const options: Options = { ...stage.options, ...commonOptions }
  for (const [name, option] of Object.entries(options)) declare(parser, name, option)
  const grouped = Object.entries(options).filter(([, { group }]) => group !== undefined)
  for (const [name, { group = '' }] of grouped) parser.group(flagOf(name), `${group}:`)
  if (grouped.length > 0) parser.group(['help', ...Object.keys(commonOptions).map(flagOf)], 'Common:')
  for (const [command, does] of stage.examples ?? []) parser.example(command, does)
  return (await parser.getHelp()).replace(/\s+\[(?:boolean|array)\]$/gm, '')
}

export function declare(parser: ReturnType<typeof yargs>, name: string, option: Option): void {
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

/** The first lines of a stage's help. */
export function usage(stage: AnyStage): string {
  const names = Object.entries(stage.positional ?? {}).map(([name, option]) => {
    const word = `${valueName(name, option)}${option.many ? '...' : ''}`
    return option.required ? word : `[${word}]`
  })
  return [`m2 ${stage.name}`, ...names, '[options]'].join(' ') + `\n\n${stages[stage.name]?.summary ?? ''}`
}
