/** The guard: what stops a run, and what does not. */
import t from 'tap'
import { guard, guardEpoch, unguarded } from '../../lib/training/guard.js'

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
    [...repeated(0, 99), ...repeated(0.01, 100)],
  ])
    t.doesNotThrow(() => guarded(rewards))
})

t.test('rewards that are all 0 stop training: nothing is being learned', async (t) => {
  t.doesNotThrow(() => guarded(repeated(0, 99)))
  t.throws(
    () => guarded(repeated(0, 100)),
    /every reward of the last 100 steps is 0, at step 100: .*give the words as "tokens"/,
  )
})

t.test('an epoch whose rewards are all 0, or whose validation stays 0, stops training', async (t) => {
  const course = { objective: 'scst', epoch: 9, epochOfObjective: 0, best: null, stale: 0 } as const
  const at = { course, step: 12 }
  const figures = { reward: 0.1, score: 0.2, patience: 5 }
  t.throws(() => guardEpoch(at, { ...figures, reward: 0 }), /every reward of this epoch is 0, at step 12/)
  t.doesNotThrow(() => guardEpoch(at, { ...figures, score: 0 }), 'an epoch is not enough')
  const xe = (epochOfObjective: number, best: number | null) => ({
    course: { ...course, objective: 'xe' as const, epochOfObjective, best },
    step: 12,
  })
  const none = { reward: undefined, score: 0, patience: 5 }
  t.throws(() => guardEpoch(xe(4, 0), none), /validation is 0 after 5 epochs of xe, at step 12/)
  t.doesNotThrow(() => guardEpoch(xe(3, 0), none), 'a model that has hardly begun')
  t.doesNotThrow(() => guardEpoch(xe(9, 0.5), none), 'one that was better before')
  t.doesNotThrow(() => guardEpoch(xe(9, null), { ...none, score: undefined }), 'one that is not validated')
})
