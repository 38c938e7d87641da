/** METEOR's modules: all the ways in which words of two lines may stand for each other. */
import { DataError } from '../../errors.js'
import type { Line } from './line.js'
import type { ParaphraseTable } from './paraphrases/table.js'
import { withRoom } from '../room.js'
import { sortRange } from './paraphrases/sorting.js'
import { createSynonymTest } from './synonym-test.js'

/** METEOR's modules, in the order in which they run; a match's `module` is its place here. */
export const modules = ['exact', 'stem', 'synonym', 'paraphrase'] as const
export type Module = (typeof modules)[number]
const [exact, byStem, bySynonym, byParaphrase] = [0, 1, 2, 3]

/**
 * Every way in which words of the reference may stand for words of the hypothesis, in the order in which METEOR finds
 * them. A match covers `length[m]` words of the reference from `start[m]` on, and `otherLength[m]` of the hypothesis
 * from `otherStart[m]` on. The matches of one start are linked: `first[start]`, `next[m]`, ... until -1.
 */
export interface Matches {
  count: number
  module: Int32Array
  start: Int32Array
  length: Int32Array
  otherStart: Int32Array
  otherLength: Int32Array
  next: Int32Array
  first: Int32Array
  last: Int32Array
}

export interface Matcher {
  /** The matches of two lines; valid until the next call, which reuses the arrays. */
  match(hypothesis: Line, reference: Line): Matches
}

/** @param table without it the paraphrase module does not run; without synsets in the words, nor does synonym */
export function createMatcher(table?: ParaphraseTable): Matcher {
  const matches = createMatches()
  let found = new Float64Array(64) // of one phrase: order in the file and place among the other line's phrases
  const areSynonyms = createSynonymTest()
  return {
    match(hypothesis, reference) {
      clear(matches, reference.words.length)
      matchExact(hypothesis, reference)
      if (hypothesis.text === reference.text) return matches
      matchStems(hypothesis, reference)
      matchSynonyms(hypothesis, reference)
      if (!table) return matches
      matchPhrases(table, reference.phrases, hypothesis.phrases, addPhrase)
      matchPhrases(table, hypothesis.phrases, reference.phrases, (otherStart, otherLength, start, length) =>
        addPhrase(start, length, otherStart, otherLength),
      )
      return matches
    },
  }

  function addPhrase(start: number, length: number, otherStart: number, otherLength: number): void {
    const match = add(matches, byParaphrase, start, otherStart)
    matches.length[match] = length
    matches.otherLength[match] = otherLength
  }

  function matchExact({ hashes: others }: Line, { hashes }: Line): void {
    for (let i = 0; i < hashes.length; i++)
      for (let j = 0; j < others.length; j++) if (hashes[i] === others[j]) add(matches, exact, i, j)
  }

  function matchStems(hypothesis: Line, { hashes, stems }: Line): void {
    for (let i = 0; i < stems.length; i++)
      for (let j = 0; j < hypothesis.stems.length; j++)
        if (stems[i] === hypothesis.stems[j] && hashes[i] !== hypothesis.hashes[j]) add(matches, byStem, i, j)
  }

  function matchSynonyms({ words: others }: Line, { words }: Line): void {
    for (let i = 0; i < words.length; i++) {
      if (words[i]!.synsets.length === 0) continue
      for (let j = 0; j < others.length; j++)
        if (areSynonyms(words[i]!, others[j]!)) add(matches, bySynonym, i, j)
    }
  }

  /** Phrases of `ones` that may be replaced with phrases of `others`: by start, shorter first, in the file's order. */
  function matchPhrases(
    { pairs, seconds, orders, isSecond }: ParaphraseTable,
    ones: readonly number[],
    others: readonly number[],
    report: (start: number, length: number, otherStart: number, otherLength: number) => void,
  ): void {
    for (let i = 0; i < ones.length; i += 3) {
      const from = pairs[ones[i]!]!
      const to = pairs[ones[i]! + 1]!
      if (from === to) continue
      let count = 0
      for (let j = 0; j < others.length; j += 3) {
        const other = others[j]!
        if (!isSecond[other]) continue
        let low = from
        let high = to
        while (low < high) {
          const middle = (low + high) >>> 1
          if (seconds[middle]! < other) low = middle + 1
          else high = middle
        }
        for (; low < to && seconds[low] === other; low++) {
          if (count === found.length) found = withRoom(found)
          found[count++] = orders[low]! * places + j
        }
      }
      sortRange(found, 0, count)
      for (let k = 0; k < count; k++) {
        const j = found[k]! % places
        report(ones[i + 1]!, ones[i + 2]!, others[j + 1]!, others[j + 2]!)
      }
    }
  }
}

const places = 2 ** 26

/** Aligning takes time that grows with this number times the length of the captions: here, some seconds. */
const mostMatches = 250_000

const tooLong = () =>
  new DataError(
    `METEOR: a caption and a reference match in more than ${mostMatches} ways; they are too long and too alike. ` +
      '--metrics bleu,rouge,cider leaves METEOR out',
  )

function createMatches(capacity = 256, positions = 64): Matches {
  const column = () => new Int32Array(capacity)
  return {
    count: 0,
    module: column(),
    start: column(),
    length: column(),
    otherStart: column(),
    otherLength: column(),
    next: column(),
    first: new Int32Array(positions),
    last: new Int32Array(positions),
  }
}

function clear(matches: Matches, positions: number): void {
  if (matches.first.length < positions) {
    matches.first = new Int32Array(2 * positions)
    matches.last = new Int32Array(2 * positions)
  }
  matches.count = 0
  matches.first.fill(-1, 0, positions)
}

/** Adds a match of a word with another. @returns the match */
function add(matches: Matches, module: number, start: number, otherStart: number): number {
  const match = matches.count++
  if (match === mostMatches) throw tooLong()
  if (match === matches.module.length) grow(matches)
  matches.module[match] = module
  matches.start[match] = start
  matches.length[match] = 1
  matches.otherStart[match] = otherStart
  matches.otherLength[match] = 1
  matches.next[match] = -1
  if (matches.first[start]! < 0) matches.first[start] = match
  else matches.next[matches.last[start]!] = match
  matches.last[start] = match
  return match
}

function grow(matches: Matches): void {
  for (const name of ['module', 'start', 'length', 'otherStart', 'otherLength', 'next'] as const) {
    const larger = new Int32Array(2 * matches[name].length)
    larger.set(matches[name])
    matches[name] = larger
  }
}
