/** Random numbers. */
import t from 'tap'
import { addNoise, createRandom, randomStream, shuffle } from '../lib/random.js'
import { near } from './near.js'

t.test('xoshiro128** gives the numbers its definition gives in exact arithmetic', async (t) => {
  const { bits } = createRandom([1, 2, 3, 4])
  t.same(
    Array.from({ length: 6 }, () => bits()),
    [11520, 0, 5927040, 70819200, 2031721883, 1637235492],
  )
})

t.test('a stream belongs to its seed and path', async (t) => {
  const first = (...path: [number, ...(string | number)[]]) => randomStream(...path).bits()
  t.equal(first(1, 'scene', 7), first(1, 'scene', 7))
  t.equal(new Set([first(1), first(2), first(1, 'a'), first(1, 'a', 0), first(1, 'a', '0')]).size, 5)
})

t.test('picks and chances are even', async (t) => {
  const random = randomStream(3)
  const counts = [0, 0, 0, 0, 0]
  for (let i = 0; i < 50_000; i++) counts[random.pick([0, 1, 2, 3, 4])]!++
  for (const count of counts) near(t, count, 10_000, 400, 'draws of 50,000')
  let hits = 0
  for (let i = 0; i < 50_000; i++) if (random.chance(0.25)) hits++
  near(t, hits, 12_500, 500, 'hits of 50,000')
  t.throws(() => random.pick([]), RangeError)
})

t.test('noise has mean 0 and the deviation asked for', async (t) => {
  const values = new Float32Array(200_000).fill(3)
  addNoise(values, 0.5, randomStream(4))
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  near(t, mean, 3, 0.01, 'mean')
  near(t, Math.sqrt(variance), 0.5, 0.005, 'deviation')
})

t.test('a shuffle is a permutation, every order as likely as another', async (t) => {
  const counts = new Map<string, number>()
  const { below } = randomStream(5)
  for (let i = 0; i < 24_000; i++) {
    const order = shuffle([1, 2, 3, 4], below).join('')
    counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  t.equal(counts.size, 24)
  for (const [order, count] of counts) t.ok(Math.abs(count - 1000) < 150, `${order}: ${count} of 24,000`)
})
