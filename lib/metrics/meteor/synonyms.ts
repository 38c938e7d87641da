/** The synonym sets of words, out of the WordNet that METEOR carries. */
import { indexLines, type LineIndex } from './line-index.js'

/** WordNet as METEOR carries it: the synonym sets of a word. */
export interface Synonyms {
  /** Ids of the sets that hold the word or one of its base forms, ascending. */
  synsets(word: string): Int32Array
}

/**
 * @param synsets `english.synsets`: a line with the word, a line with the ids of its sets
 * @param exceptions `english.exceptions`: a line with the base form, a line with its irregular inflections
 */
export function readSynonyms(synsets: string, exceptions: string): Synonyms {
  const sets = indexLines(synsets)
  const bases = new Map<string, string[]>()
  for (const [base, inflections] of linePairs(exceptions))
    for (const inflection of inflections.split(' ')) {
      const known = bases.get(inflection)
      if (known) known.push(base)
      else bases.set(inflection, [base])
    }

  return {
    synsets(word) {
      const ids = new Set<number>()
      for (const form of [word, ...(bases.get(word) ?? regularBase(word, sets))])
        for (const id of sets.find(form)?.split(' ') ?? []) if (id !== '') ids.add(Number(id))
      return Int32Array.from(ids).sort()
    },
  }
}

// WordNet's detachment rules (morphy), nouns before verbs before adjectives; the first base form that is a word wins.
const detachments = [
  ['s', ''],
  ['ses', 's'],
  ['xes', 'x'],
  ['zes', 'z'],
  ['ches', 'ch'],
  ['shes', 'sh'],
  ['men', 'man'],
  ['ies', 'y'],
  ['es', 'e'],
  ['es', ''],
  ['ed', 'e'],
  ['ed', ''],
  ['ing', 'e'],
  ['ing', ''],
  ['er', ''],
  ['est', ''],
  ['er', 'e'],
  ['est', 'e'],
] as const

function regularBase(word: string, known: LineIndex): string[] {
  if (word.length <= 2) return []
  for (const [suffix, ending] of detachments) {
    if (!word.endsWith(suffix) || (suffix === 's' && word.endsWith('ss'))) continue
    const base = word.slice(0, -suffix.length) + ending
    if (known.find(base) !== undefined) return [base]
  }
  return []
}

function* linePairs(text: string): Generator<[string, string]> {
  const lines = text.split(/\r?\n/)
  for (let i = 0; i + 1 < lines.length; i += 2) yield [lines[i]!, lines[i + 1]!]
}
