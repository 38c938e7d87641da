/**
 * Early stopping, as the reference does it: after each epoch the validation CIDEr-D decides. An epoch at least as good as
 * the best so far becomes the best; after `patience` epochs in a row that do not, training switches from cross-entropy to
 * the self-critical objective, which starts from the best weights with a new optimizer, and which ends the same way.
 */
export interface EarlyStopping {
  readonly objective: Objective
  /** Epochs completed, over all objectives. */
  readonly epoch: number
  /** Epochs completed of the current objective. */
  readonly epochOfObjective: number
  /** The best validation score so far; null before the first. */
  readonly best: number | null
  /** Epochs since the best. */
  readonly stale: number
}

export const objectives = ['xe', 'scst'] as const
export type Objective = (typeof objectives)[number]

/** What self-critical training compares a sample's reward with. */
export const baselines = ['mean', 'greedy', 'leave-one-out'] as const
export type Baseline = (typeof baselines)[number]

/** What the end of an epoch leads to. */
export interface Verdict {
  readonly after: EarlyStopping
  /** This epoch's weights are the best so far. */
  readonly best: boolean
  /** 'switch': continue with the next objective from the best weights; 'done': stop. */
  readonly next: 'continue' | 'switch' | 'done'
}

/**
 * @param score of the validation split, higher is better; NaN is never the best
 * @param patience epochs without a new best before an objective ends
 * @param planned the objectives of this run, in order
 * @param limit most epochs of the current objective, whatever its scores
 */
export function afterEpoch(
  before: EarlyStopping,
  score: number,
  {
    patience,
    planned,
    limit = Infinity,
  }: { patience: number; planned: readonly Objective[]; limit?: number },
): Verdict {
  const best = before.best === null ? !Number.isNaN(score) : score >= before.best
  const stale = best ? 0 : before.stale + 1
  const after = {
    ...before,
    epoch: before.epoch + 1,
    epochOfObjective: before.epochOfObjective + 1,
    best: best ? score : before.best,
    stale,
  }
  if (stale < patience && after.epochOfObjective < limit) return { after, best, next: 'continue' }
  const following = planned[planned.indexOf(before.objective) + 1]
  if (following === undefined) return { after, best, next: 'done' }
  return { after: { ...after, objective: following, epochOfObjective: 0, stale: 0 }, best, next: 'switch' }
}
