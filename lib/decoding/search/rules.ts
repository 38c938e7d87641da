/** Rules that captions obey, as tests of the next word. */
import { special } from '../../model/config.js'

/** What captions must not do. */
export interface Rules {
  /** Never the unknown word. */
  suppressUnk?: boolean
  /** No three words twice in a caption (Paulus et al., 2018). */
  blockTrigrams?: boolean
  /** Words that a caption must not end on, also where it is cut at its full length: articles, prepositions. */
  badEndings?: ReadonlySet<number>
  /** The fewest words of a caption, not counting those that are dropped because they repeat the word before. */
  minLength?: number
  /** Words that print as nothing: they count for no length, and hide no bad ending. */
  blanks?: ReadonlySet<number>
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
  { suppressUnk, blockTrigrams, badEndings, minLength = 0, blanks = new Set() }: Rules,
  maxLength: number,
): { forbids: Forbids | undefined; strikes: number } {
  const rules: { readonly forbids: Forbids; readonly strikes: number }[] = []
  if (suppressUnk) rules.push({ forbids: (_, next) => next === special.unk, strikes: 1 })
  // Words that would not count are not allowed at all, or a search could fill the caption with them.
  if (minLength > 0)
    rules.push({
      forbids: (words, next) =>
        next === special.eos
          ? words.length < minLength
          : next === words[words.length - 1] || blanks.has(next),
      strikes: 2 + blanks.size,
    })
  if (badEndings)
    rules.push({
      forbids: (words, next) => {
        const ends = next === special.eos || words.length + 1 === maxLength
        if (!ends) return false
        const shown = next === special.eos || blanks.has(next) ? lastShown(words, blanks) : next
        return shown !== undefined && badEndings.has(shown)
      },
      strikes: 1 + badEndings.size + blanks.size,
    })
  if (blockTrigrams) rules.push({ forbids: repeatsTrigram, strikes: Math.ceil(maxLength / 2) })
  return {
    forbids:
      rules.length === 0 ? undefined : (words, next) => rules.some(({ forbids }) => forbids(words, next)),
    strikes: rules.reduce((sum, { strikes }) => sum + strikes, 0),
  }
}

/** The last word that prints as something. */
const lastShown = (words: Int32Array, blanks: ReadonlySet<number>): number | undefined =>
  words.findLast((word) => !blanks.has(word))

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
