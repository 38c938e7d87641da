import t from 'tap'
import { intervalOf, pairedDifference, resample } from '../../lib/metrics/bootstrap.js'
import type { Table } from '../../lib/metrics/evaluate.js'
import { meanMetric } from '../../lib/metrics/metric.js'
import { near } from '../near.js'

const table = (rows: number[]): Table => ({
  metric: meanMetric('mean'),
  images: rows.length,
  rows: Float64Array.from(rows),
})
// A fixed spread of 400 numbers about 0.5, with standard deviation 0.2887.
const spread = Array.from({ length: 400 }, (_, i) => ((i * 37) % 400) / 399)

t.test('the interval of a mean is the one theory gives', async (t) => {
  const [[samples]] = resample([table(spread)], { samples: 4000, seed: 1 }) as [[Float64Array]]
  const [low, high] = intervalOf(samples)
  const half = 1.96 * (0.2894 / Math.sqrt(400))
  near(t, low, 0.5 - half, 0.003, 'lower end')
  near(t, high, 0.5 + half, 0.003, 'upper end')
})

t.test('a seed fixes the samples, another changes them', async (t) => {
  const draw = (seed: number) => resample([table(spread)], { samples: 50, seed })
  t.same(draw(7), draw(7))
  t.notSame(draw(7), draw(8))
})

t.test('systems compared in pairs see the same images', async (t) => {
  const better = spread.map((score) => score + 0.01)
  const noisy = spread.map((score, i) => score + (i % 2 === 0 ? 0.2 : -0.2))
  const tables = [table(better), table(spread), table(noisy)]
  const [a, b, c] = resample(tables, { samples: 999, seed: 3 }).map(([samples]) => samples!) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const sure = pairedDifference(0.51, 0.5, a, b)
  near(t, sure.difference, 0.01, 1e-12, 'difference')
  t.ok(sure.ci[0] > 0.0099 && sure.ci[1] < 0.0101, 'every image is better by as much')
  t.equal(sure.p, 1 / 1000, 'no sample strays as far')
  const chance = pairedDifference(0.5, 0.5, c, b)
  t.ok(chance.ci[0] < 0 && chance.ci[1] > 0)
  t.equal(chance.p, 1, 'a difference of nothing is reached by all')
})
