import * as fc from 'fast-check'
import t from 'tap'
import { packCaptions } from '../../lib/metrics/captions.js'
import { Ngrams, numberNgrams, root } from '../../lib/metrics/ngrams.js'

const pairs = fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { maxLength: 200 })

t.test('an n-gram keeps its number while the table grows, and what is truncated is gone', async (t) => {
  fc.assert(
    fc.property(pairs, pairs, (kept, dropped) => {
      const ngrams = new Ngrams(1)
      const numbers = kept.map(([prefix, word]) => ngrams.add(prefix, word))
      const size = ngrams.size
      const seen = new Set(kept.map(String))
      if (size !== seen.size + 1) return false
      for (const [prefix, word] of dropped) ngrams.add(prefix, word)
      ngrams.truncate(size)
      return (
        ngrams.size === size &&
        kept.every(([prefix, word], i) => ngrams.find(prefix, word) === numbers[i]) &&
        dropped.every((pair) => seen.has(String(pair)) || ngrams.find(...pair) === 0)
      )
    }),
  )
  t.pass()
})

t.test('equal n-grams of several captions have equal numbers, and none crosses a caption', async (t) => {
  const ngrams = new Ngrams()
  const { orders } = numberNgrams(packCaptions([[7, 8, 9], [8, 9], []]), ngrams)
  const [one, two, three, four] = orders.map((numbers) => [...numbers])
  t.equal(one![1], one![3])
  t.equal(two![1], two![3])
  t.not(two![0], two![1])
  t.equal(two![2], 0, 'the last word of a caption begins no bigram')
  t.same(three!.map(Boolean), [true, false, false, false, false])
  t.same(four, [0, 0, 0, 0, 0])
  t.equal(ngrams.find(root, 7), one![0])
})
