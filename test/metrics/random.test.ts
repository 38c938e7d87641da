import * as fc from 'fast-check'
import t from 'tap'
import { bleu, bleuStatistics } from '../../lib/metrics/bleu.js'
import { ciderStatistics } from '../../lib/metrics/cider.js'
import { countDocuments } from '../../lib/metrics/frequencies.js'
import { sumRows } from '../../lib/metrics/metric.js'
import { rougeStatistics } from '../../lib/metrics/rouge.js'
import { segmentsOf } from './goldens.js'
import { naiveBleu, naiveCider, naiveRouge, type Item } from './naive.js'

// Few words, so that n-grams repeat and meet; captions may be empty.
const caption = fc
  .array(fc.constantFrom('a', 'cat', 'sat', 'on', 'the', 'mat'), { maxLength: 9 })
  .map((words) => words.join(' '))
const corpus = fc.array(
  fc.record({ hypothesis: caption, references: fc.array(caption, { minLength: 1, maxLength: 4 }) }),
  {
    minLength: 1,
    maxLength: 6,
  },
)

t.test('random corpora score as the definitions say', async (t) => {
  fc.assert(
    fc.property(corpus, (items) => {
      const { words, numbered, ngrams } = packed(items)
      const rows = bleuStatistics(numbered, ngrams.size)
      close(bleu.score(sumRows(rows, bleu.width), items.length), naiveBleu(items))
      close(rougeStatistics(words), items.map(naiveRouge))
      const frequencies = countDocuments(numbered.references, ngrams, numbered.first)
      for (const variant of ['CIDEr-D', 'CIDEr'] as const)
        close(ciderStatistics(numbered, frequencies, variant), naiveCider(items, variant))
    }),
    { numRuns: 300 },
  )
  t.pass()
})

t.test('no text yields NaN or throws', async (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 30 })
  fc.assert(
    fc.property(
      fc.array(fc.record({ hypothesis: text, references: fc.array(text, { minLength: 1, maxLength: 3 }) }), {
        minLength: 1,
      }),
      (items) => {
        const { words, numbered, ngrams } = packed(items)
        const frequencies = countDocuments(numbered.references, ngrams, numbered.first)
        const scores = [
          ...bleu.score(sumRows(bleuStatistics(numbered, ngrams.size), bleu.width), items.length),
          ...rougeStatistics(words),
          ...ciderStatistics(numbered, frequencies),
          ...ciderStatistics(numbered, frequencies, 'CIDEr'),
        ]
        return scores.every((score) => Number.isFinite(score) && score >= 0)
      },
    ),
  )
  t.pass()
})

t.test('one image alone has no CIDEr: every n-gram is in every document', async (t) => {
  const { numbered, ngrams } = packed([{ hypothesis: 'a cat sat', references: ['a cat sat'] }])
  t.same([...ciderStatistics(numbered, countDocuments(numbered.references, ngrams, numbered.first))], [0])
})

t.test('ROUGE-L takes two empty captions for equal, and a no-break space for part of a word', async (t) => {
  const { words, numbered } = packed([
    { hypothesis: '', references: [''] },
    { hypothesis: '1\u00a01/2 cups', references: ['1 1/2 cups'] },
  ])
  const [empty, cups] = rougeStatistics(words)
  t.equal(empty, 1)
  t.ok(cups! < 0.5)
  t.same([...numbered.hypotheses.starts], [0, 0, 3], 'BLEU and CIDEr see three words')
})

function packed(items: readonly Item[]) {
  const byImage = (captions: (item: Item) => string[]) =>
    Object.fromEntries(items.map((item, i) => [String(i), captions(item)]))
  return segmentsOf(
    byImage(({ hypothesis }) => [hypothesis]),
    byImage(({ references }) => references),
  )
}

function close(actual: ArrayLike<number>, expected: readonly number[]): void {
  for (const [i, value] of expected.entries())
    if (!(Math.abs(actual[i]! - value) <= 1e-12)) throw new Error(`${i}: expected ${value}, got ${actual[i]}`)
}
