import * as fc from 'fast-check'
import t from 'tap'
import { createLexicon } from '../../../lib/metrics/meteor/lexicon.js'
import { createLineReader } from '../../../lib/metrics/meteor/line.js'
import { createMatcher } from '../../../lib/metrics/meteor/matcher.js'
import { noPrefixes } from '../../../lib/metrics/meteor/normalise.js'
import { createParaphrases } from '../../../lib/metrics/meteor/paraphrases/table.js'
import { buildParaphrases } from '../../../lib/metrics/meteor/paraphrases/build.js'
import { readSynonyms } from '../../../lib/metrics/meteor/synonyms.js'
import { smallData, tableOf, writeFiles } from './data.js'

// Few words, so that phrases repeat, nest and meet.
const word = fc.constantFrom('a', 'b', 'c', 'dog', 'dogs', 'hound')
const phrase = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '))
const line = fc.array(word, { maxLength: 8 })
const synonyms = readSynonyms(smallData['synonym/english.synsets'], smallData['synonym/english.exceptions'])

t.test('matches and their order are those of the definition', async (t) => {
  const file = `${t.testdir()}/paraphrases.gz`
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(phrase, phrase), { minLength: 1, maxLength: 30 }),
      fc.array(fc.tuple(line, line), { minLength: 1, maxLength: 5 }),
      async (pairs, lines) => {
        writeFiles('/', { [file]: tableOf(pairs) })
        const paraphrases = createParaphrases(await buildParaphrases(file))
        const read = createLineReader(
          createLexicon(new Set(), synonyms, paraphrases),
          noPrefixes,
          paraphrases,
        )
        const matcher = createMatcher(paraphrases.table)
        for (const [hypothesis, reference] of lines) {
          const matches = matcher.match(read(hypothesis.join(' ')), read(reference.join(' ')))
          const found = Array.from({ length: matches.count }, (_, m) =>
            [matches.module, matches.start, matches.length, matches.otherStart, matches.otherLength].map(
              (column) => column[m],
            ),
          )
          t.matchOnly(found, naiveMatches(hypothesis, reference, pairs), `${hypothesis} / ${reference}`)
        }
      },
    ),
    { numRuns: 60 },
  )
})

t.test('synonyms are looked up by base form too', async (t) => {
  t.same([...synonyms.synsets('geese')], [3], 'an exception')
  t.same([...synonyms.synsets('dogs')], [1, 2], 'a rule')
  t.same([...synonyms.synsets('baking')], [4], 'the first rule that yields a word')
  t.same([...synonyms.synsets('dogss')], [])
  t.same([...synonyms.synsets('as')], [], 'short words have no base')
})

/** The matches of the facts' wording, from the pairs themselves. */
function naiveMatches(
  hypothesis: readonly string[],
  reference: readonly string[],
  pairs: readonly (readonly [string, string])[],
): number[][] {
  const found: number[][] = []
  const each = (module: number, same: (a: string, b: string) => boolean) => {
    for (const [i, word] of reference.entries())
      for (const [j, other] of hypothesis.entries()) if (same(word, other)) found.push([module, i, 1, j, 1])
  }
  const animal = (word: string) => word !== 'a' && word !== 'b' && word !== 'c'
  each(0, (a, b) => a === b)
  if (hypothesis.join(' ') === reference.join(' ')) return found
  each(1, (a, b) => a !== b && a.replace(/s$/, '') === b.replace(/s$/, ''))
  each(2, (a, b) => a !== b && animal(a) && animal(b))

  const has = (words: readonly string[], at: number, phrase: readonly string[]) =>
    phrase.every((word, k) => words[at + k] === word)
  const phrases = (
    ones: readonly string[],
    others: readonly string[],
    report: (...match: number[]) => void,
  ) => {
    for (let i = 0; i < ones.length; i++)
      for (let length = 1; length <= 3; length++)
        for (const [first, second] of pairs.map((pair) => pair.map((phrase) => phrase.split(' ')))) {
          if (first!.length !== length || !has(ones, i, first!)) continue
          for (let j = 0; j < others.length; j++)
            if (has(others, j, second!)) report(i, length, j, second!.length)
        }
  }
  phrases(reference, hypothesis, (i, length, j, other) => found.push([3, i!, length!, j!, other!]))
  phrases(hypothesis, reference, (j, other, i, length) => found.push([3, i!, length!, j!, other!]))
  return found
}
