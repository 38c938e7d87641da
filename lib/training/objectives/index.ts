import type { Engine } from '../../engine/engine.js'
import { hash } from '../../random.js'
import type { Batch } from '../batches.js'
import type { Objective } from '../early-stopping.js'
import { crossEntropyParts, type Share } from '../feeder.js'
import type { Run } from '../run.js'
import { selfCriticalSteps } from './self-critical.js'
import { sharingOf, type Sharing } from '../shares.js'
import type { StepResult, Trainer } from '../optimizer/optimizer.js'

/** What one step of either objective reports: of the whole batch, on whichever rank. */
export interface Report extends StepResult {
  readonly captions: number
  readonly words: number
  /** Means over the samples. */
  readonly reward?: number
  readonly baseline?: number
}

/** A step on a batch whose features were read. `update` counts the updates of the optimizer, this one included. */
export type TakeStep = (
  batch: Batch,
  shares: readonly Share[],
  rate: number,
  update: number,
  seed: number,
) => Promise<Report>

/** Steps of every objective; what one needs is made when it comes to it. */
export function createSteps(run: Run, engine: Engine, trainer: Trainer) {
  const xe = crossEntropySteps(run, trainer, sharingOf(run, 'xe'))
  let scst: ReturnType<typeof selfCriticalSteps> | undefined
  return {
    async take(objective: Objective, ...step: Parameters<TakeStep>): Promise<Report> {
      if (objective === 'xe') return await xe(...step)
      scst ??= selfCriticalSteps(run, engine, trainer, sharingOf(run, 'scst'))
      return await scst.take(...step)
    },
    dispose: async () => scst?.dispose(),
  }
}

/** Steps of cross-entropy. */
function crossEntropySteps(run: Run, trainer: Trainer, sharing: Sharing): TakeStep {
  return async (batch, shares, rate, update, seed) => {
    const { parts, words, captions } = crossEntropyParts(shares, batch, sharing, run, seed)
    const result = await trainer.step('xe', parts, words, rate, update)
    return { ...result, captions, words }
  }
}

/** The seed of a step's dropout. */
export const seedOf = (run: Run, step: number): number => hash(hash(run.seed, 0x6d32), step)
