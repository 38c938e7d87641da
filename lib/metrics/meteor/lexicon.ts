import type { Paraphrases } from './paraphrases.js'
import { stem } from './stem.js'
import type { Synonyms } from './synonyms.js'

/** All that matching asks about a word, found once. Words are numbered as they are met. */
export interface Lexicon {
  /** The number of a word. */
  add(word: string): number
  readonly words: readonly Word[]
}

export interface Word {
  /** Exact, stem and synonym modules compare words by Java's hash code, not letter by letter. */
  readonly hash: number
  /** Hash code of the stem. */
  readonly stem: number
  /** 1 for a function word. */
  readonly isFunction: number
  /** Synonym sets, ascending. */
  readonly synsets: Int32Array
  /** One bit a synonym set, modulo 32: words without a common bit have no common set. */
  readonly synsetBits: number
  /** Its number in the paraphrase table, -1 where no phrase holds it. */
  readonly inTable: number
}

export function createLexicon(
  functionWords: ReadonlySet<string>,
  synonyms?: Synonyms,
  paraphrases?: Paraphrases,
): Lexicon {
  const numbers = new Map<string, number>()
  const words: Word[] = []
  const nothing = new Int32Array(0)

  return {
    words,
    add(word) {
      const known = numbers.get(word)
      if (known !== undefined) return known
      const hash = hashCode(word)
      const synsets = synonyms?.synsets(word) ?? nothing
      const number = words.length
      words.push({
        hash,
        stem: hashCode(stem(word)),
        isFunction: functionWords.has(word) ? 1 : 0,
        synsets,
        synsetBits: synsets.reduce((bits, id) => bits | (1 << (id % 32)), 0),
        inTable: paraphrases ? paraphrases.word(word) : -1,
      })
      numbers.set(word, number)
      return number
    },
  }
}

/** Java's String.hashCode: s[0] * 31^(n-1) + ... + s[n-1] in 32 bits. */
export function hashCode(word: string): number {
  let hash = 0
  for (let i = 0; i < word.length; i++) hash = (Math.imul(hash, 31) + word.charCodeAt(i)) | 0
  return hash
}
