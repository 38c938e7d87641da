/** The objectives of training: their losses, and their steps. */
import type { Engine } from '../../engine/engine.js'
import { hash } from '../../random.js'
import type { Objective } from '../early-stopping.js'
import type { Loss, Optimizer } from '../optimizer/optimizer.js'
import type { Run } from '../run.js'
import { crossEntropyLoss, crossEntropySteps } from './cross-entropy.js'
import type { ObjectiveSteps, Report, StepInput } from './objective.js'
import { selfCriticalLoss, selfCriticalSteps } from './self-critical.js'

/** The losses of all objectives, for the optimizer. */
export const lossesOf = ({ config, xe }: Pick<Run, 'config' | 'xe'>): Record<Objective, Loss> => ({
  xe: crossEntropyLoss(config, { smoothing: xe.smoothing }),
  scst: selfCriticalLoss(config),
})

/** Steps of every objective; what only one of them needs is made at its first step. */
export function createSteps(run: Run, engine: Engine, optimizer: Optimizer<Objective>) {
  const make: Record<Objective, () => ObjectiveSteps> = {
    xe: () => crossEntropySteps(run, optimizer),
    scst: () => selfCriticalSteps(run, engine, optimizer),
  }
  const made: Partial<Record<Objective, ObjectiveSteps>> = {}
  return {
    take: (objective: Objective, step: StepInput): Promise<Report> =>
      (made[objective] ??= make[objective]()).take(step),
    async dispose() {
      for (const steps of Object.values(made)) await steps.dispose()
    },
  }
}

/** The seed of a step's dropout. */
export const seedOf = (run: Run, step: number): number => hash(hash(run.seed, 0x6d32), step)
