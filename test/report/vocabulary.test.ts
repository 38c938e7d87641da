/** Statistics of words. */
import t from 'tap'
import { wordStatistics, wordUses } from '../../lib/report/vocabulary.js'

t.test('statistics of words', async (t) => {
  const captions = [
    ['a', 'cat', 'on', 'a', 'cat'],
    ['a', 'cat'],
    ['a', 'cat'],
  ]
  t.same(wordStatistics(captions), {
    captions: 3,
    meanLength: 3,
    shortest: 2,
    longest: 5,
    distinctWords: 3,
    distinctBigrams: 3,
    distinctTrigrams: 3,
    distinctCaptions: 2 / 3,
  })
  t.equal(wordStatistics([]).meanLength, 0)
  const said = (word: string, times: number) => Array.from({ length: times }, () => [word])
  const generated = [...said('group', 60), ...said('a', 40)]
  const { more, less } = wordUses(generated, [...said('a', 45), ...said('kitten', 55)], 5)
  t.match(more, [{ word: 'group', generated: 600, references: 0 }])
  t.match(less, [{ word: 'kitten', generated: 0, references: 550 }])
  t.same([more.length, less.length], [1, 1], '"a" differs by chance')
  t.same(wordUses([], captions, 5), { more: [], less: [] })
})
