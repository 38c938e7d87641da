/** How options are declared, and how their values are found and checked. */
import { closest, distance } from 'fastest-levenshtein'
import { UsageError } from './errors.js'

/**
 * One option or positional argument, declared once, in its stage: help, types, shell completion, `M2_*` variables,
 * `--config` and docs/cli.md derive from it. Keys are camelCase (`minFreq`), flags kebab-case (`--min-freq`).
 */
export interface Option {
  /** What the option does, in one line. */
  describe: string
  /** The heading under which the help lists it; default: none. */
  group?: string
  /** Default: 'string'. */
  type?: 'string' | 'number' | 'integer' | 'boolean'
  choices?: readonly string[]
  default?: string | number | boolean | readonly string[]
  required?: boolean
  /** true: several words (`--ids a.npy b.npy`); 'comma': one list (`--model a,b`). */
  many?: true | 'comma'
  /** Smallest and largest value allowed. */
  min?: number
  max?: number
  /** What stands for the value in the help: FILE, DIR, N. */
  metavar?: string
}

export type Options = Readonly<Record<string, Option>>

type Single<O extends Option> = O['choices'] extends readonly (infer C)[]
  ? C
  : O['type'] extends 'number' | 'integer'
    ? number
    : O['type'] extends 'boolean'
      ? boolean
      : string
type Value<O extends Option> = O['many'] extends true | 'comma' ? Single<O>[] : Single<O>
type Always<O extends Option> = O['required'] extends true
  ? true
  : O['type'] extends 'boolean'
    ? true
    : undefined extends O['default']
      ? false
      : true

/** The values a stage receives for the options it declared. */
export type OptionValues<O extends Options> = {
  [K in keyof O]: Always<O[K]> extends true ? Value<O[K]> : Value<O[K]> | undefined
}

/** The same options, sorted into groups: those under each heading in the order given, then the others. */
export function inGroups<const O extends Options>(
  options: O,
  groups: Readonly<Record<string, readonly (keyof O & string)[]>>,
): O {
  const grouped: Record<string, Option> = {}
  for (const [group, names] of Object.entries(groups))
    for (const name of names) grouped[name] = { group, ...options[name]! }
  return { ...grouped, ...without(options, grouped) } as O // the same names and values
}

const without = (options: Options, taken: Options) =>
  Object.fromEntries(Object.entries(options).filter(([name]) => !(name in taken)))

export const flagOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
export const variableOf = (name: string) => `M2_${flagOf(name).replaceAll('-', '_').toUpperCase()}`

/** What stands for a value in help and errors: FILE. */
export const valueName = (name: string, { metavar }: { metavar?: string | undefined }) =>
  metavar ?? name.toUpperCase()

/**
 * Resolves every declared option: the flag, else its `M2_*` variable, else the configuration file, else the default.
 *
 * @param given what the command line held, by flag name; a flag given twice arrives as an array
 * @param nameOf what errors call an option
 * @throws UsageError naming the option, what was expected and what came
 */
export function resolveOptions(
  options: Options,
  given: Readonly<Record<string, unknown>>,
  environment: NodeJS.ProcessEnv,
  config: Readonly<Record<string, unknown>>,
  nameOf: (name: string, option: Option) => string = (name) => `--${flagOf(name)}`,
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(options)) {
    const flag = flagOf(name)
    if (given[`no-${flag}`] === true) values[name] = false
    else if (given[flag] !== undefined) values[name] = check(nameOf(name, option), option, given[flag])
    else if (environment[variableOf(name)] !== undefined)
      values[name] = check(variableOf(name), option, environment[variableOf(name)])
    else if (config[name] !== undefined || config[flag] !== undefined)
      values[name] = check(`"${flag}" in the configuration`, option, config[name] ?? config[flag])
    else if (option.required) throw new UsageError(`${nameOf(name, option)} is needed: ${option.describe}`)
    else values[name] = option.default ?? (option.type === 'boolean' ? false : undefined)
  }
  return values
}

/** ` Did you mean --min-freq?`, or nothing when no name is near or begins so. */
export function suggest(name: string, names: readonly string[], prefix = ''): string {
  if (names.length === 0) return ''
  const near = closest(name, names)
  const meant =
    distance(name, near) <= Math.max(2, name.length / 3)
      ? near
      : names.find((one) => name.length > 2 && one.startsWith(name))
  return meant === undefined ? '' : ` Did you mean ${prefix}${meant}?`
}

function check(name: string, option: Option, value: unknown): unknown {
  if (!option.many) {
    // The last of several wins, so that an alias or a script can be overridden by what is typed after it.
    return checkOne(name, option, Array.isArray(value) ? value.at(-1) : value)
  }
  const list = Array.isArray(value) ? value : [value]
  const words = option.many === 'comma' ? list.flatMap((entry) => String(entry).split(',')) : list
  if (words.length === 0) throw new UsageError(`${name} needs at least one value`)
  return words.map((word) => checkOne(name, option, word))
}

function checkOne(name: string, option: Option, value: unknown): unknown {
  if (option.type === 'boolean') {
    if (value === true || value === 'true' || value === '1') return true
    if (value === false || value === 'false' || value === '0') return false
    throw new UsageError(`${name}: expected true or false, got ${JSON.stringify(value)}`)
  }
  const text = String(value).trim()
  if (text === '') throw new UsageError(`${name} is empty; expected ${expectation(option)}`)
  if (option.choices && !option.choices.includes(text))
    throw new UsageError(
      `${name}: expected ${option.choices.join(', ')}; got ${JSON.stringify(text)}.${suggest(text, option.choices)}`,
    )
  if (option.type !== 'number' && option.type !== 'integer') return String(value)
  const number = Number(text)
  const { min = -Infinity, max = Infinity } = option
  if (
    !Number.isFinite(number) ||
    number < min ||
    number > max ||
    (option.type === 'integer' && !Number.isSafeInteger(number))
  )
    throw new UsageError(`${name}: expected ${expectation(option)}, got ${JSON.stringify(value)}`)
  return number
}

function expectation({ type, choices, min, max, metavar }: Option): string {
  if (choices) return choices.join(', ')
  if (type !== 'number' && type !== 'integer') return metavar ? `a value (${metavar})` : 'a value'
  const noun = type === 'integer' ? 'an integer' : 'a number'
  if (min !== undefined && max !== undefined) return `${noun} from ${min} to ${max}`
  if (min !== undefined) return `${noun} of at least ${min}`
  return max === undefined ? noun : `${noun} of at most ${max}`
}
