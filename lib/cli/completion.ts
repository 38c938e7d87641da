/** Shell completion: what may stand for the word being typed. */
import { UsageError } from '../errors.js'
import { flagOf, suggest, type Option, type Options } from '../options.js'
import { loadStage, stages } from '../stages/index.js'
import { commonOptions } from './parser.js'
import { scripts } from './completion-scripts.js'

/** The script that a shell reads, to ask `m2 --complete WORD...` from then on. Throws UsageError for another shell. */
export function completionScript(shell: string | undefined, { SHELL = '' }: NodeJS.ProcessEnv): string {
  const known = Object.keys(scripts)
  const name = shell ?? known.find((one) => SHELL.endsWith(`/${one}`)) ?? 'bash'
  const script = scripts[name]
  if (script === undefined)
    throw new UsageError(`completion: expected ${known.join(', ')}; got "${name}".${suggest(name, known)}`)
  return script
}

/**
 * One candidate a line, with a tab and what it means; none where the shell should offer files.
 *
 * @param words what was typed after `m2`, the word being typed last
 */
export async function completionsOf(words: readonly string[]): Promise<string> {
  const found = await candidatesFor(words.filter((word) => word !== '=')) // bash splits at it
  return found.map(([word, meaning]) => `${word}\t${meaning}\n`).join('')
}

type Candidate = readonly [word: string, meaning: string]

async function candidatesFor(words: readonly string[]): Promise<Candidate[]> {
  const [name = '', ...rest] = words
  if (rest.length === 0) return startingWith(name, commands())
  const word = rest.at(-1)!
  if (name === 'completion')
    return startingWith(
      word,
      Object.keys(scripts).map((shell) => [shell, '']),
    )
  if (!(name in stages)) return []
  const stage = await loadStage(name)
  const options: Options = { ...stage.options, ...commonOptions }
  const [, flag, start] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? []
  if (flag !== undefined) return valuesOf(optionOf(options, flag), start ?? '', `${flag}=`)
  if (word.startsWith('-')) return startingWith(word, flagsOf(options, rest.slice(0, -1)))
  const before = rest.slice(0, -1).findLast((typed) => typed.startsWith('-'))
  const option = before === undefined ? undefined : optionOf(options, before)
  const follows = before === rest.at(-2) || option?.many === true
  return option && follows ? valuesOf(option, word, '') : []
}

const commands = (): Candidate[] => [
  ...Object.entries(stages).map(([stage, { summary }]): Candidate => [stage, summary]),
  ['completion', 'Print a completion script for bash, zsh or fish'],
  ['--help', 'List the stages'],
  ['--version', 'Print the version'],
]

/** The flags that can still be given. */
function flagsOf(options: Options, typed: readonly string[]): Candidate[] {
  const given = new Set(typed)
  const flags = Object.entries(options).map(([name, { describe }]): Candidate => [
    `--${flagOf(name)}`,
    describe,
  ])
  return [...flags, ['--help', 'Show the options'] as const].filter(([flag]) => !given.has(flag))
}

const optionOf = (options: Options, flag: string): Option | undefined =>
  Object.entries(options).find(([name]) => `--${flagOf(name)}` === flag)?.[1]

/** The choices of an option; of a list parted by commas, the choices for its last item. */
function valuesOf(option: Option | undefined, word: string, prefix: string): Candidate[] {
  if (!option?.choices) return []
  const typed = option.many === 'comma' ? word.slice(0, word.lastIndexOf(',') + 1) : ''
  const chosen = new Set(typed.split(','))
  const choices = option.choices.filter((choice) => !chosen.has(choice))
  return startingWith(
    prefix + word,
    choices.map((choice) => [`${prefix}${typed}${choice}`, choice === option.default ? 'the default' : '']),
  )
}

const startingWith = (start: string, candidates: readonly Candidate[]) =>
  candidates.filter(([word]) => word.startsWith(start))
