/** What every objective of training is: a step on a batch, and what it reports. */
import type { Batch } from '../batches.js'
import type { StepResult } from '../optimizer/optimizer.js'
import type { MicroBatch } from '../shards.js'

/** What one step of an objective reports: of the whole batch, the same on every rank. */
export interface Report extends StepResult {
  readonly captions: number
  readonly words: number
  /** Means over the samples. */
  readonly reward?: number
  readonly baseline?: number
}

/** A batch whose features were read, and how to learn from it. */
export interface StepInput {
  readonly batch: Batch
  /** This rank's shard of the batch. */
  readonly shard: readonly MicroBatch[]
  readonly learningRate: number
  /** Updates of the optimizer, this one included. */
  readonly update: number
  /** Of dropout. */
  readonly seed: number
}

export interface ObjectiveSteps {
  take(step: StepInput): Promise<Report>
  dispose(): Promise<void>
}
