/** Rules that captions obey, as tests of the next word. */
import { special } from '../../model/config.js'

/** What captions must not do. */
export interface Rules {
  /** Never the unknown word. */
  suppressUnk?: boolean
  /** No three words twice in a caption (Paulus et al., 2018). */
  blockTrigrams?: boolean
  /** Words that a caption must not end on: articles, prepositions. */
  badEndings?: ReadonlySet<number>
  /** The fewest words before `<eos>`. */
  minLength?: number
}

/** Whether `next` may not follow `words`. */
export type Forbids = (words: Int32Array, next: number) => boolean

/**
 * Compiles rules to one test.
 *
 * @param maxLength of a caption: at most maxLength / 2 different words can have followed one pair of words
 * @returns the test, or undefined where nothing is forbidden; and how many of a row's best words it can strike out, so
 * that a search that wants n words asks for n + strikes
 */
export function compileRules(
  { suppressUnk, blockTrigrams, badEndings, minLength = 0 }: Rules,
  maxLength: number,
): { forbids: Forbids | undefined; strikes: number } {
  const tests: Forbids[] = []
  if (suppressUnk) tests.push((_, next) => next === special.unk)
  if (minLength > 0) tests.push((words, next) => next === special.eos && words.length < minLength)
  if (badEndings)
    tests.push((words, next) => next === special.eos && badEndings.has(words[words.length - 1] ?? -1))
  if (blockTrigrams) tests.push(repeatsTrigram)
  const endings = minLength > 0 || badEndings ? 1 : 0
  return {
    forbids: tests.length === 0 ? undefined : (words, next) => tests.some((test) => test(words, next)),
    strikes: (suppressUnk ? 1 : 0) + endings + (blockTrigrams ? Math.ceil(maxLength / 2) : 0),
  }
}

function repeatsTrigram(words: Int32Array, next: number): boolean {
  const n = words.length
  for (let i = 0; i + 2 < n; i++)
    if (words[i] === words[n - 2] && words[i + 1] === words[n - 1] && words[i + 2] === next) return true
  return false
}

/** Words that a finished sentence does not end on. */
export const hangingWords: readonly string[] = (
  'a an the his her its their this that these those ' +
  'in on at by of with to from for into onto near over under behind between through ' +
  'and or while as is are which'
).split(' ')
