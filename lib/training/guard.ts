/** Stops training that has gone wrong before it overwrites a good model. */
import { DataError } from '../errors.js'
import type { EarlyStopping } from './early-stopping.js'
import { advice as references } from './references.js'

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
 * @throws DataError where the loss, its gradient or the reward is NaN or infinite, where the reward has collapsed, or where
 *   all rewards since the objective began, 100 steps or more, are 0
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
  if (steps >= settled && smooth === 0) throw noReward(`of the last ${steps} steps`, step)
  const best = steps < settled ? null : Math.max(state.best ?? 0, smooth)
  if (best !== null && smooth < collapsed * best)
    throw new DataError(
      `the reward collapsed: ${smooth.toFixed(3)} at step ${step}, after ${best.toFixed(3)}. ${advice}`,
    )
  return { reward: smooth, best, steps }
}

/**
 * Checks one epoch. A model that has hardly begun may score 0 in validation, or one that is validated on a few images, so an
 * objective is given its patience.
 *
 * @param reward mean of the epoch; undefined in cross-entropy
 * @param score CIDEr-D of validation; undefined without
 * @throws DataError where all rewards are 0, or validation is 0 and stays so: nothing is being learned
 */
export function guardEpoch(
  { course: { objective, epochOfObjective, best }, step }: { course: EarlyStopping; step: number },
  { reward, score, patience }: { reward: number | undefined; score: number | undefined; patience: number },
): void {
  if (reward === 0) throw noReward('of this epoch', step)
  const epochs = epochOfObjective + 1
  if (score !== 0 || (best ?? 0) > 0 || epochs < patience) return
  throw new DataError(
    `the CIDEr-D of validation is 0 after ${epochs} epochs of ${objective}, at step ${step}: no caption is like its ` +
      `references. ${references}`,
  )
}

const noReward = (which: string, step: number) =>
  new DataError(
    `every reward ${which} is 0, at step ${step}: no sampled caption is like its references, so that nothing is learned. ` +
      `${references}. A model that says nothing sensible yet needs cross-entropy first (--objective xe)`,
  )
