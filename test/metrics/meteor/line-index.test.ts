import fc from 'fast-check'
import t from 'tap'
import { indexLines } from '../../../lib/metrics/meteor/line-index.js'

t.test('finds what a map of the pairs of lines finds', async () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'b', 'é', ' ', '-'), maxLength: 4 })
  const lineEnd = fc.constantFrom('\n', '\r\n')
  fc.assert(
    fc.property(fc.array(fc.tuple(line, lineEnd)), line, fc.array(line), (lines, last, keys) => {
      const text = lines.map(([words, end]) => words + end).join('') + last
      const all = text.split(/\r?\n/)
      const pairs = new Map<string, string>()
      for (let i = 0; i + 1 < all.length; i += 2) pairs.set(all[i]!, all[i + 1]!)
      const { find } = indexLines(text)
      return [...keys, ...all].every((key) => find(key) === pairs.get(key))
    }),
  )
})

t.test('thousands of keys', async (t) => {
  const { find } = indexLines(Array.from({ length: 5000 }, (_, i) => `word ${i}\n${i * i}\n`).join(''))
  t.equal(find('word 4999'), '24990001')
  t.equal(find('word 5000'), undefined)
})
