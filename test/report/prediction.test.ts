/** The order in which captions are chosen. */
import * as fc from 'fast-check'
import t from 'tap'
import { bestFirst, spreadOrder } from '../../lib/report/prediction.js'

t.test('the best first, those without a score last', async (t) => {
  const scores = [0.5, undefined, 2, 0, undefined, 2]
  const ranked = scores.map((score, i) => ({ prediction: { image_id: i, caption: '' }, score }))
  const order = bestFirst(ranked).map(({ prediction }) => prediction.image_id)
  t.same(order, [2, 5, 0, 3, 1, 4])
})

t.test('every beginning of the order is spread over all', async (t) => {
  t.same(spreadOrder(0), [])
  t.same(spreadOrder(1), [0])
  t.same(spreadOrder(5), [0, 4, 2, 1, 3])
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 300 }), (count) => {
      const order = spreadOrder(count)
      return order.length === count && new Set(order).size === count && order[1] === count - 1
    }),
  )
  const sorted = spreadOrder(200)
    .slice(0, 12)
    .sort((a, b) => a - b)
  const gaps = sorted.slice(1).map((at, i) => at - sorted[i]!)
  t.ok(Math.max(...gaps) <= 26, `the widest gap of 12 out of 200: ${Math.max(...gaps)}`)
})
