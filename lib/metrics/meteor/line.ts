/** A caption as METEOR compares it: its words, and the phrases of the paraphrase table in it. */
import type { Lexicon, Word } from './lexicon.js'
import { normalise, type Prefixes } from './normalise.js'
import type { Paraphrases } from './paraphrases/table.js'

/** A normalised caption: its words, and which phrases of the paraphrase table stand in it. */
export interface Line {
  readonly text: string
  readonly words: readonly Word[]
  /** The words' `hash` and `stem`, side by side. */
  readonly hashes: Int32Array
  readonly stems: Int32Array
  /** Phrases by start, shorter first: [node, start, length] each. */
  readonly phrases: readonly number[]
}

export function createLineReader(lexicon: Lexicon, prefixes: Prefixes, paraphrases?: Paraphrases) {
  return (caption: string): Line => {
    const text = normalise(caption, prefixes)
    const words: Word[] = []
    // Java's tokenizer splits at these five alone.
    for (const word of text.split(/[ \t\n\r\f]/)) if (word !== '') words.push(lexicon.find(word))
    const hashes = new Int32Array(words.length)
    const stems = new Int32Array(words.length)
    for (let i = 0; i < words.length; i++) {
      hashes[i] = words[i]!.hash
      stems[i] = words[i]!.stem
    }
    const phrases = paraphrases ? findPhrases(words, paraphrases) : []
    return { text, words, hashes, stems, phrases }
  }
}

function findPhrases(words: readonly Word[], { table, next }: Paraphrases): number[] {
  const { pairs, isSecond } = table
  const phrases: number[] = []
  for (let start = 0; start < words.length; start++) {
    let node = words[start]!.inTable
    for (let end = start + 1; node >= 0; end++) {
      if (pairs[node]! < pairs[node + 1]! || isSecond[node]) phrases.push(node, start, end - start)
      if (end === words.length) break
      const word = words[end]!.inTable
      node = word < 0 ? -1 : next(node, word)
    }
  }
  return phrases
}
