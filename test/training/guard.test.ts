/** The guard: what stops a run, and what does not. */
import t from 'tap'
import { guard, unguarded } from '../../lib/training/guard.js'

const good = { loss: 1, gradientNorm: 1 }

t.test('NaN and infinity stop training, with the step and what to do', async (t) => {
  t.equal(guard(unguarded, 1, good), unguarded)
  t.throws(() => guard(unguarded, 12, { ...good, loss: NaN }), /the loss is NaN at step 12: .*lower --rate/)
  t.throws(
    () => guard(unguarded, 3, { ...good, gradientNorm: Infinity }),
    /the norm of the gradients is Infinity at step 3/,
  )
  t.throws(() => guard(unguarded, 3, { ...good, reward: NaN }), /the reward is NaN/)
})

const guarded = (rewards: readonly number[]) =>
  rewards.reduce((state, reward, i) => guard(state, i + 1, { ...good, reward }), unguarded)
const repeated = (reward: number, times: number) => Array.from({ length: times }, () => reward)

t.test('a reward that collapses stops training', async (t) => {
  t.throws(
    () => guarded([...repeated(1.2, 300), ...repeated(0, 300)]),
    /the reward collapsed: 0\.\d+ at step 3\d\d, after 1\.200/,
  )
})

t.test('a reward that wavers, starts low, or has a bad batch does not', async (t) => {
  for (const rewards of [
    [...repeated(0.01, 50), ...repeated(1, 500), 0, 0, 0, ...repeated(0.7, 500)],
    Array.from({ length: 1000 }, (_, i) => (i % 3 === 0 ? 0.2 : 1)),
    repeated(0, 300),
  ])
    t.doesNotThrow(() => guarded(rewards))
})
