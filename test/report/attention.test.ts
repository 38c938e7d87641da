/** The regions of a word, with their names. */
import t from 'tap'
import { wordRegions } from '../../lib/report/attention.js'

t.test('regions that count are named', async (t) => {
  const words = [{ word: 'dog', regions: [0.67, 0.2, 0.08, 0.05] }]
  const [dog] = wordRegions({ method: 'attention', words }, ['dog', 'park', 'part of dog', 'park'])
  t.same(dog, {
    lit: [
      { region: 0, part: 1, label: 'dog 67\u00a0%' },
      { region: 1, part: 0.299, label: 'park 20\u00a0%' },
    ],
    text: 'dog 67\u00a0% · park 25\u00a0%',
    peak: 0.67,
  })
})

t.test('without names regions have numbers, and gradients a sign', async (t) => {
  const words = [{ word: 'a', regions: [0.5, -1.25] }]
  const [word] = wordRegions({ method: 'gradients', words }, undefined)
  t.equal(word!.text, 'region 2 −1.3 · region 1 +0.5')
  t.same(word!.lit.map(({ part }) => part), [-1, 0.4]) // prettier-ignore
  t.same(wordRegions({ method: 'attention', words: [{ word: 'a', regions: [] }] }, []), [{ lit: [], text: '', peak: 0 }]) // prettier-ignore
})
