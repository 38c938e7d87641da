import { DataError } from '../errors.js'

/** What the guard remembers; part of a checkpoint. */
export interface GuardState {
  /** Smoothed reward, and the best it has been; null before the first. */
  readonly reward: number | null
  readonly best: number | null
  readonly steps: number
}

export const unguarded: GuardState = { reward: null, best: null, steps: 0 }

const smoothing = 0.98 // about the last 50 batches
const settled = 100 // batches before a smoothed reward means anything
const collapsed = 0.4 // of the best

/**
 * Stops training that has gone wrong, before it overwrites what was good.
 *
 * @throws DataError where the loss is no number, or the reward has collapsed
 */
export function guard(state: GuardState, step: number, loss: number, reward?: number): GuardState {
  if (!Number.isFinite(loss))
    throw new DataError(
      `the loss is ${loss} at step ${step}: training diverged. The last checkpoint is from before; ` +
        'go on from it with a lower --rate or --scst-rate, a longer --warmup, or --clip 1',
    )
  if (reward === undefined) return state
  if (!Number.isFinite(reward))
    throw new DataError(`the reward is ${reward} at step ${step}; the last checkpoint is from before`)
  const smooth = state.reward === null ? reward : smoothing * state.reward + (1 - smoothing) * reward
  const steps = state.steps + 1
  const best = steps < settled ? null : Math.max(state.best ?? 0, smooth)
  if (best !== null && smooth < collapsed * best)
    throw new DataError(
      `the reward collapsed: ${smooth.toFixed(3)} at step ${step}, after ${best.toFixed(3)}. ` +
        'The last checkpoint is from before; go on from it with a lower --scst-rate',
    )
  return { reward: smooth, best, steps }
}
