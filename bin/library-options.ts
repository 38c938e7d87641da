/** Writes the types of the library's options, lib/library/options.ts, from the stages' own declarations. */
import { format, resolveConfig } from 'prettier'
import type { Option, Options } from '../lib/options.js'
import type { AnyStage } from '../lib/stage.js'
import { loadStage, stages } from '../lib/stages/index.js'

/** Where the types belong. */
export const file = 'lib/library/options.ts'

/** Options of the command line only: a table for people in place of records. */
const omitted: readonly string[] = ['format']

/** The stages that the library has as functions. */
const functions = ['captions', 'tokenize', 'features', 'decode', 'score', 'compare', 'train']

export async function libraryOptions(): Promise<string> {
  const sections = []
  for (const name of functions) sections.push(interfaceOf(await loadStage(name)))
  const source = `/** The options of the library's functions. Made from the stages' declarations by \`make docs\`; do not edit. */

${sections.join('\n')}`
  return await format(source, { ...(await resolveConfig(file)), filepath: file })
}

function interfaceOf({ name, positional, options }: AnyStage): string {
  const declared: Options = { ...positional, ...options }
  const members = Object.entries(declared)
    .filter(([key]) => !omitted.includes(key))
    .map(([key, option]) => `${commentOf(option)}\n${memberOf(key, option)}`)
  const title = `${name[0]?.toUpperCase()}${name.slice(1)}Options`
  return `/** Of \`${name}\`: ${stages[name]?.summary}. */\nexport interface ${title} {\n${members.join('\n')}\n}\n`
}

function memberOf(name: string, { required, ...option }: Option): string {
  const type = typeOf(option)
  return required ? `${name}: ${type}` : `${name}?: ${type} | undefined`
}

function typeOf({ type, choices, many }: Option): string {
  const one = choices
    ? choices.map((choice) => JSON.stringify(choice)).join(' | ')
    : { boolean: 'boolean', number: 'number', integer: 'number', string: 'string' }[type ?? 'string']
  return many ? `${one} | readonly (${one})[]` : one
}

function commentOf({ describe, default: fallback }: Option): string {
  const preset = fallback === undefined || fallback === false ? '' : ` Default: ${String(fallback)}.`
  return `/** ${`${describe}.`.replace(/[.;]+$/, '.').replaceAll('*/', '* /')}${preset} */`
}
