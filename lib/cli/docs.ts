/** The command reference, docs/cli.md. */
import { flagOf, valueName, variableOf, type Option } from '../options.js'
import { usage } from './help.js'
import { commonOptions } from './parser.js'
import type { AnyStage } from '../stage.js'
import { loadStage, stages } from '../stages/index.js'

/** docs/cli.md: every stage with its arguments, options and examples, in the order of `m2 --help`. */
export async function commandReference(): Promise<string> {
  const sections = []
  for (const name of Object.keys(stages)) sections.push(section(await loadStage(name)))
  return `# The commands of m2

Made from the stages' own declarations by \`make docs\`; do not edit.

${sections.join('\n')}
## What every stage takes

${table(Object.entries(commonOptions))}

A flag wins over its variable (\`--min-freq\` over \`${variableOf('minFreq')}\`), a variable over \`--config\`, that over the default.

Exit codes: 0 ok, also when the reader of stdout has had enough; 1 bad data or a failed comparison; 2 usage; 70 a bug in m2.
`
}

function section(stage: AnyStage): string {
  const [synopsis = ''] = usage(stage).split('\n')
  const parts = [`## ${stage.name}\n\n${stages[stage.name]?.summary}.\n\n    ${synopsis}\n`]
  const positional = Object.entries(stage.positional ?? {})
  if (positional.length > 0)
    parts.push(positional.map(([name, o]) => `- \`${valueName(name, o)}\`: ${o.describe}`).join('\n') + '\n')
  const options = Object.entries(stage.options ?? {})
  for (const [group, members] of groupsOf(options))
    parts.push(`${group === undefined ? '' : `${group}:\n\n`}${table(members)}\n`)
  for (const [command, does] of stage.examples ?? []) parts.push(`${does}:\n\n    ${command}\n`)
  return parts.join('\n')
}

/** Options by their group, in the order in which the groups first come. */
function groupsOf(options: readonly (readonly [string, Option])[]) {
  const groups = new Map<string | undefined, (readonly [string, Option])[]>()
  for (const one of options) {
    const members = groups.get(one[1].group)
    if (members) members.push(one)
    else groups.set(one[1].group, [one])
  }
  return groups
}

function table(options: readonly (readonly [string, Option])[]): string {
  const rows = options.map(([name, option]) => {
    const preset =
      option.default === undefined || option.default === false ? '' : `\`${String(option.default)}\``
    const fallback = option.required ? 'needed' : preset
    return `| \`--${flagOf(name)}\` | ${cell(takes(option))} | ${fallback} | ${cell(option.describe)} |`
  })
  return ['| option | takes | default | |', '|---|---|---|---|', ...rows].join('\n')
}

function takes({ type, choices, many, metavar, min, max }: Option): string {
  if (type === 'boolean') return ''
  const range =
    min !== undefined && max !== undefined ? ` ${min}..${max}` : min !== undefined ? ` >= ${min}` : ''
  const one = choices
    ? choices.map((choice) => `\`${choice}\``).join(' ')
    : `${metavar ?? type ?? 'text'}${range}`
  return many === true ? `${one} ...` : many === 'comma' ? `${one},...` : one
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
