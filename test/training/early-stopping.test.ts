/** Early stopping: when an objective ends, and what comes after it. */
import t from 'tap'
import { afterEpoch, type EarlyStopping, type Objective } from '../../lib/training/early-stopping.js'

function epochs(scores: readonly number[], planned: readonly Objective[], limit?: number) {
  let state: EarlyStopping = { objective: planned[0]!, epoch: 0, epochOfObjective: 0, best: null, stale: 0 }
  const events: string[] = []
  for (const score of scores) {
    const verdict = afterEpoch(state, score, {
      patience: 2,
      planned,
      ...(limit === undefined ? {} : { limit }),
    })
    events.push(`${state.objective}${verdict.best ? ' best' : ''} ${verdict.next}`)
    state = verdict.after
    if (verdict.next === 'done') break
  }
  return events
}

t.test('cross-entropy ends after its patience, and self-critical training after its own', async (t) => {
  t.same(epochs([0.5, 0.6, 0.55, 0.6, 0.5, 0.59, 0.7, 0.6, 0.6, 0.9], ['xe', 'scst']), [
    'xe best continue',
    'xe best continue',
    'xe continue',
    'xe best continue', // as good as the best is the best, as in the reference
    'xe continue',
    'xe switch',
    'scst best continue',
    'scst continue',
    'scst done',
  ])
})

t.test('a single objective ends after its patience', async (t) => {
  t.same(epochs([0.5, 0.4, 0.3], ['xe']), ['xe best continue', 'xe continue', 'xe done'])
})

t.test('a limit of epochs ends an objective whatever its scores', async (t) => {
  t.same(epochs([0.5, 0.6, 0.7, 0.8], ['xe', 'scst'], 2), [
    'xe best continue',
    'xe best switch',
    'scst best continue',
    'scst best done',
  ])
})

t.test('NaN is never the best score', async (t) => {
  t.same(epochs([NaN, 0.1, NaN, NaN], ['xe']), ['xe continue', 'xe best continue', 'xe continue', 'xe done'])
})
