import t from 'tap'
import { sumRows } from '../../lib/metrics/metric.js'

t.test("sums come out as numpy's", async (t) => {
  // np.sum(1 / np.arange(1, n + 1)), float64
  const numbers = (n: number) => Float64Array.from({ length: n }, (_, i) => 1 / (i + 1))
  const expected: [number, number][] = [
    [1, 1.0],
    [7, 2.5928571428571425],
    [8, 2.7178571428571425],
    [100, 5.187377517639621],
    [128, 5.433147092589173],
    [129, 5.440899030573669],
    [1000, 7.485470860550345],
    [5000, 9.094508852984436],
    [40504, 11.18638402296029],
  ]
  for (const [n, sum] of expected) t.equal(sumRows(numbers(n), 1)[0], sum, `${n} numbers`)
  t.same([...sumRows(Float64Array.of(1, 10, 2, 20, 3, 30), 2)], [6, 60], 'columns are summed apart')
})
