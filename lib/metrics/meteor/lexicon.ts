/** What METEOR needs to know about a word, found once. */
import type { Paraphrases } from './paraphrases/table.js'
import { stem } from './stem.js'
import type { Synonyms } from './synonyms.js'

/** Words by their text, with everything that matching needs to know about them. */
export interface Lexicon {
  find(word: string): Word
}

export interface Word {
  /** Words are numbered as they are met. */
  readonly number: number
  /** Exact, stem and synonym modules compare words by Java's hash code, not letter by letter. */
  readonly hash: number
  /** Hash code of the stem. */
  readonly stem: number
  /** 1 for a function word. */
  readonly isFunction: number
  /** Synonym sets, ascending. */
  readonly synsets: Int32Array
  /** Its number in the paraphrase table, -1 where no phrase holds it. */
  readonly inTable: number
}

export function createLexicon(
  functionWords: ReadonlySet<string>,
  synonyms?: Synonyms,
  paraphrases?: Paraphrases,
): Lexicon {
  const words = new Map<string, Word>()
  const nothing = new Int32Array(0)

  return {
    find(text) {
      const known = words.get(text)
      if (known) return known
      const synsets = synonyms?.synsets(text) ?? nothing
      const word = {
        number: words.size,
        hash: hashCode(text),
        stem: hashCode(stem(text)),
        isFunction: functionWords.has(text) ? 1 : 0,
        synsets,
        inTable: paraphrases ? paraphrases.word(text) : -1,
      }
      words.set(text, word)
      return word
    },
  }
}

/** Java's String.hashCode: s[0] * 31^(n-1) + ... + s[n-1] in 32 bits. */
function hashCode(word: string): number {
  let hash = 0
  for (let i = 0; i < word.length; i++) hash = (Math.imul(hash, 31) + word.charCodeAt(i)) | 0
  return hash
}
