/** Whether two words are synonyms, remembered for frequent pairs. */
import type { Word } from './lexicon.js'

// Words that are met first are the frequent ones; the answers for pairs of them are kept.
const frequent = 2048
const [unknown, no, yes] = [0, 1, 2]

/** Whether two words, not the same, share a synonym set. */
export function createSynonymTest(): (a: Word, b: Word) => boolean {
  const known = new Uint8Array(frequent * frequent)
  return (a, b) => {
    if (a.number >= frequent || b.number >= frequent) return areSynonyms(a, b)
    const pair = a.number * frequent + b.number
    if (known[pair] === unknown) known[pair] = areSynonyms(a, b) ? yes : no
    return known[pair] === yes
  }
}

function areSynonyms(a: Word, b: Word): boolean {
  if (a.hash === b.hash) return false
  const { synsets: left } = a
  const { synsets: right } = b
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    const difference = left[i]! - right[j]!
    if (difference === 0) return true
    if (difference < 0) i++
    else j++
  }
  return false
}
