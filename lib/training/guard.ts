/** Stops training that has gone wrong before it overwrites a good model. */
import { DataError } from '../errors.js'

/** What the guard remembers between steps; part of a checkpoint. */
export interface GuardState {
  /** Smoothed reward, and its best value so far; null before the first. */
  readonly reward: number | null
  readonly best: number | null
  readonly steps: number
}

export const unguarded: GuardState = { reward: null, best: null, steps: 0 }

const smoothing = 0.98 // about the last 50 batches
const settled = 100 // batches before a smoothed reward means anything
const collapsed = 0.4 // of the best

const advice =
  'Begin again from the weights saved before, with --from and another --out, and a lower --rate or --scst-rate, a longer ' +
  '--warmup, or --clip 1'

/**
 * Checks one step.
 *
 * @throws DataError where the loss, its gradient or the reward is NaN or infinite, or the reward has collapsed
 */
export function guard(
  state: GuardState,
  step: number,
  { loss, gradientNorm, reward }: { loss: number; gradientNorm: number; reward?: number },
): GuardState {
  for (const [name, value] of Object.entries({ loss, 'norm of the gradients': gradientNorm, reward }))
    if (value !== undefined && !Number.isFinite(value))
      throw new DataError(`the ${name} is ${value} at step ${step}: training diverged. ${advice}`)
  if (reward === undefined) return state
  const smooth = state.reward === null ? reward : smoothing * state.reward + (1 - smoothing) * reward
  const steps = state.steps + 1
  const best = steps < settled ? null : Math.max(state.best ?? 0, smooth)
  if (best !== null && smooth < collapsed * best)
    throw new DataError(
      `the reward collapsed: ${smooth.toFixed(3)} at step ${step}, after ${best.toFixed(3)}. ${advice}`,
    )
  return { reward: smooth, best, steps }
}
