/** The Noam schedule. */
import t from 'tap'
import { noam } from '../../../lib/training/optimizer/noam.js'
import { near } from '../../near.js'

t.test('noam rises for warmup steps, then falls with the root of the step', async (t) => {
  const rate = (step: number) => noam(step, { width: 512 }, 100)
  near(t, rate(50) / rate(25), 2, 1e-12, 'rising')
  near(t, rate(100), 512 ** -0.5 / 10, 1e-12, 'the top')
  near(t, rate(400) / rate(100), 0.5, 1e-12, 'falling')
  near(t, noam(10_000, { width: 512 }), 512 ** -0.5 / 100, 1e-12, "the paper's warm-up")
})
