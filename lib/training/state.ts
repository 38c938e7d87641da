import * as z from 'zod'
import { objectives, type Objective } from './early-stopping.js'
import { guard, unguarded } from './guard.js'
import type { Report } from './objectives/index.js'

/** Where a run is, beside its tensors. Everything random follows from the seed and these numbers. */
export const position = z.object({
  course: z.object({
    objective: z.enum(objectives),
    epoch: z.number().int(),
    epochOfObjective: z.number().int(),
    best: z.number().nullable(),
    stale: z.number().int(),
  }),
  /** Batches done of the epoch under way. */
  batch: z.number().int(),
  /** Updates of this run, and of the current optimizer. */
  step: z.number().int(),
  update: z.number().int(),
  /** Of the epoch under way: sums over its steps, and their number. */
  sums: z.object({ loss: z.number(), reward: z.number(), steps: z.number().int() }),
  guard: z.object({ reward: z.number().nullable(), best: z.number().nullable(), steps: z.number().int() }),
  /** Bytes of the log that are from before. */
  log: z.number().int(),
  done: z.boolean(),
})

export type Position = z.infer<typeof position>

const nothing = { loss: 0, reward: 0, steps: 0 }

/** Where a run begins. */
export const beginning = (objective: Objective): Position => ({
  course: { objective, epoch: 0, epochOfObjective: 0, best: null, stale: 0 },
  batch: 0,
  step: 0,
  update: 0,
  sums: nothing,
  guard: unguarded,
  log: 0,
  done: false,
})

/**
 * One step on.
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

/** At the start of the epoch that `course` says is next, with a new optimizer where its objective is a new one. */
export function advanced(at: Position, course: Position['course'], done: boolean): Position {
  const next = { ...at, course, done, batch: 0, sums: nothing }
  return course.objective === at.course.objective ? next : { ...next, update: 0, guard: unguarded }
}
