/**
 * The course of training, as the reference steers it: after each epoch the validation CIDEr-D decides. An epoch at
 * least as good as the best becomes the best; after `patience` epochs in a row that are not, cross-entropy gives way
 * to self-critical training, which starts from the best weights with a new optimizer, and that in turn ends.
 */
export interface Course {
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
  readonly course: Course
  /** This epoch's weights are the best so far. */
  readonly best: boolean
  /** 'switch': go on with the next objective from the best weights; 'done': stop. */
  readonly next: 'continue' | 'switch' | 'done'
}

/**
 * @param score of the validation split, the higher the better; NaN is never the best
 * @param patience epochs without a new best before an objective gives way
 * @param planned the objectives of this run, in order
 * @param limit epochs of the current objective, after which it gives way whatever its scores
 */
export function afterEpoch(
  course: Course,
  score: number,
  {
    patience,
    planned,
    limit = Infinity,
  }: { patience: number; planned: readonly Objective[]; limit?: number },
): Verdict {
  const best = course.best === null ? !Number.isNaN(score) : score >= course.best
  const stale = best ? 0 : course.stale + 1
  const after = {
    ...course,
    epoch: course.epoch + 1,
    epochOfObjective: course.epochOfObjective + 1,
    best: best ? score : course.best,
    stale,
  }
  if (stale < patience && after.epochOfObjective < limit) return { course: after, best, next: 'continue' }
  const following = planned[planned.indexOf(course.objective) + 1]
  if (following === undefined) return { course: after, best, next: 'done' }
  return { course: { ...after, objective: following, epochOfObjective: 0, stale: 0 }, best, next: 'switch' }
}
