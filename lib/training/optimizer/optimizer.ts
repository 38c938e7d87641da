/** The optimizer's types: what it is given, what it returns, and the losses it minimises. */
import type { State, Tensors } from '../../engine/engine.js'
import type * as tf from '../../engine/tfjs.js'
import type { ModelConfig } from '../../model/config.js'
import { scalar, type HostTensor, type HostTensors } from '../../tensor.js'
import type { Ranks } from '../ranks.js'

/** A loss of named inputs and parameters. */
export type Loss = (inputs: Tensors, parameters: Tensors) => tf.Scalar

/** Sizes that a step is compiled for: images, captions of each, words after `<bos>`; or the nodes of one tree of each. */
export interface Sizes {
  readonly images: number
  readonly captions: number
  readonly length: number
}

/** One micro-batch as a loss takes it: its inputs, and their sizes. */
export interface LossInputs {
  readonly sizes: Sizes
  readonly inputs: HostTensors
}

export interface OptimizerOptions<Name extends string = string> {
  readonly config: ModelConfig
  readonly parameters: HostTensors
  /** What it can minimise; each step names one. */
  readonly losses: Readonly<Record<Name, Loss>>
  /** Adam's moments to continue with; default: zeros. */
  readonly moments?: HostTensors | undefined
  /** Largest norm of the gradients; default: no limit. */
  readonly clip?: number
  /** Whether a batch may come in several micro-batches on one rank, their gradients added up. */
  readonly accumulate?: boolean
  readonly ranks?: Ranks
}

/** One update. */
export interface Update<Name extends string = string> {
  readonly objective: Name
  /** The batch, or this rank's shard of it, in micro-batches; none where the shard is empty. */
  readonly microBatches: readonly LossInputs[]
  /** What the loss is divided by, over the whole batch on all ranks: words, or captions times positions. */
  readonly count: number
  readonly learningRate: number
  /** Updates that this optimizer has made, this one included. */
  readonly update: number
}

export interface StepResult {
  readonly loss: number
  /** Before clipping. */
  readonly gradientNorm: number
}

/** A model and its optimizer on an engine, with one compiled step for each length of captions. */
export interface Optimizer<Name extends string = string> {
  readonly state: State
  step(update: Update<Name>): Promise<StepResult>
  /** Replaces the parameters and starts again with moments of zero. */
  restart(parameters: HostTensors): Promise<void>
  /** Valid until the next step, as are the moments: they may be the engine's own memory. */
  parameters(): Promise<HostTensors>
  /** Every rank calls it at the same moment: each may hold only its own shard of them. */
  moments(): Promise<HostTensors>
  dispose(): void
}

/** A loss's inputs with the `count` that it is divided by. */
export const withCount = ({ inputs }: LossInputs, count: number): HostTensors => ({
  ...inputs,
  count: scalar(count),
})

export const valueOf = (tensor: HostTensor | undefined): number => Number(tensor?.data[0])
