/** Where a training run is: what a checkpoint holds beside tensors. */
import * as z from 'zod'
import { objectives, type EarlyStopping, type Objective } from './early-stopping.js'
import { guard, unguarded } from './guard.js'
import type { Report } from './objectives/objective.js'

/** Where a run is, as state.json holds it. Everything random follows from the seed and these numbers. */
export const position = z.object({
  /** Early stopping; the name is that of older checkpoints. */
  course: z.object({
    objective: z.enum(objectives),
    epoch: z.number().int(),
    epochOfObjective: z.number().int(),
    best: z.number().nullable(),
    stale: z.number().int(),
  }),
  /** Batches done of the current epoch. */
  batch: z.number().int(),
  /** Updates of this run, and of the current optimizer. */
  step: z.number().int(),
  update: z.number().int(),
  /** Of the current epoch: sums over its steps, and their number. */
  sums: z.object({ loss: z.number(), reward: z.number(), steps: z.number().int() }),
  guard: z.object({ reward: z.number().nullable(), best: z.number().nullable(), steps: z.number().int() }),
  /** Length of the log in bytes; what comes after it was written after this checkpoint. */
  log: z.number().int(),
  done: z.boolean(),
})

export type Position = z.infer<typeof position>

const noSums = { loss: 0, reward: 0, steps: 0 }

/** Where a run begins. */
export const beginning = (objective: Objective): Position => ({
  course: { objective, epoch: 0, epochOfObjective: 0, best: null, stale: 0 },
  batch: 0,
  step: 0,
  update: 0,
  sums: noSums,
  guard: unguarded,
  log: 0,
  done: false,
})

/**
 * The position one step later.
 *
 * @throws DataError where the step shows that training has gone wrong; see guard.ts
 */
export function stepped(at: Position, report: Report): Position {
  const { sums } = at
  return {
    ...at,
    batch: at.batch + 1,
    step: at.step + 1,
    update: at.update + 1,
    sums: {
      loss: sums.loss + report.loss,
      reward: sums.reward + (report.reward ?? 0),
      steps: sums.steps + 1,
    },
    guard: guard(at.guard, at.step + 1, report),
  }
}

/** The position at the start of the next epoch, with a new optimizer where its objective is a new one. */
export function advanced(at: Position, after: EarlyStopping, done: boolean): Position {
  const next = { ...at, course: after, done, batch: 0, sums: noSums }
  return after.objective === at.course.objective ? next : { ...next, update: 0, guard: unguarded }
}
