/** Training logs as curves. */
import { join } from 'node:path'
import t from 'tap'
import { curvesOf, readTrainingLog, thinned } from '../../lib/report/training-log.js'

t.test('a training log becomes curves', async (t) => {
  const lines = [
    { event: 'step', objective: 'xe', epoch: 1, step: 10, loss: 5, rate: 0.1, batch: 50, nothing: null },
    { event: 'step', objective: 'xe', epoch: 1, step: 20, loss: 4, rate: 0.2, batch: 50 },
    { event: 'epoch', objective: 'xe', epoch: 1, step: 20, loss: 4.5, val: { 'CIDEr-D': 0.5 } },
    { event: 'best', score: 0.5 },
    { event: 'step', objective: 'xe', epoch: 2, step: 20, loss: 3, rate: 0.2, batch: 50 },
    { event: 'epoch', objective: 'scst', epoch: 2, step: 30, loss: -1, val: { 'CIDEr-D': 0.75 } },
    { event: 'step', objective: 'scst', epoch: 2, step: 30, loss: -0.5, rate: 0.1, batch: 50 },
    { event: 'done' },
  ].map((line) => JSON.stringify(line))
  const folder = t.testdir({ 'log.jsonl': `${lines.join('\n')}\n{"event":"st` })
  const { curves, skipped } = await readTrainingLog(join(folder, 'log.jsonl'))
  t.equal(skipped, 1, 'a line that was cut')
  const names = curves.map(({ field, by }) => `${field} ${by}`)
  t.same(names, ['loss step', 'rate step', 'CIDEr-D epoch'], 'what changes')
  const [loss, , cider] = curves.map(({ points }) => points.map(({ x, y, series }) => [x, y, series]))
  t.same(loss, [[10, 5, 'xe'], [20, 3, 'xe']], 'a step done again counts as done last') // prettier-ignore
  t.same(cider, [[1, 0.5, 'xe, val'], [2, 0.75, 'scst, val']]) // prettier-ignore
  t.same(curvesOf([]), [])
})

t.test('a long curve is thinned to means', async (t) => {
  const points = Array.from({ length: 1000 }, (_, x) => ({ x, y: x % 10, series: x < 500 ? 'a' : 'b' }))
  const thin = thinned(points, 50)
  t.equal(thin.length, 100)
  t.same(thin[0], { x: 4.5, y: 4.5, series: 'a' })
  t.same(thinned(points.slice(0, 3), 50), points.slice(0, 3))
  const uneven = thinned(
    points.slice(0, 103).map((point) => ({ ...point, y: point.x })),
    50,
  )
  t.same([uneven.length, uneven[0], uneven.at(-1)], [50, { x: 0.5, y: 0.5, series: 'a' }, { x: 101, y: 101, series: 'a' }], 'the last group is no smaller') // prettier-ignore
})
