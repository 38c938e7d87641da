import type { Engine, State } from '../../engine/engine.js'
import type { ModelConfig } from '../../model/config.js'
import { scalar, type HostTensor, type HostTensors } from '../../tensor.js'
import type { Objective } from '../early-stopping.js'
import { createEngineTrainer } from './on-engine.js'
import { createHostTrainer } from './on-host.js'
import type { Sizes } from '../objectives/inputs.js'
import type { Ranks } from '../ranks.js'
import { crossEntropyLoss, selfCriticalLoss } from './step.js'

export interface TrainerOptions {
  readonly config: ModelConfig
  readonly parameters: HostTensors
  /** Adam's moments, to go on with; default: none yet. */
  readonly moments?: HostTensors | undefined
  readonly smoothing?: number
  /** Largest norm of the gradients; default: any. */
  readonly clip?: number
  /** Whether a batch may come in several parts here, their gradients added up. */
  readonly several?: boolean
  readonly ranks?: Ranks
}

/** One part of a batch: a loss's inputs, and the sizes they have. */
export interface Part {
  readonly sizes: Sizes
  readonly inputs: HostTensors
}

export interface StepResult {
  readonly loss: number
  /** Before clipping. */
  readonly gradientNorm: number
}

/** A model and its optimizer on an engine, one compiled step for each length of captions. */
export interface Trainer {
  readonly state: State
  /**
   * One update.
   *
   * @param parts the batch, or this rank's share of it, in parts; none where the share is empty
   * @param count what the loss is divided by, of the whole batch on all ranks: words, or captions times positions
   * @param update how many updates this optimizer has made, this one included
   */
  step(
    objective: Objective,
    parts: readonly Part[],
    count: number,
    rate: number,
    update: number,
  ): Promise<StepResult>
  /** Replaces the parameters and starts a new optimizer. */
  restart(parameters: HostTensors): Promise<void>
  /** Good until the next step, as are the moments: they may be the engine's own. */
  parameters(): Promise<HostTensors>
  /** Every rank asks at the same moment: each may have a share of them. */
  moments(): Promise<HostTensors>
  dispose(): void
}

/** A trainer in the host's memory where the engine computes there, else where the engine does. */
export const createTrainer = (engine: Engine, options: TrainerOptions): Trainer =>
  engine.hostState
    ? createHostTrainer(engine, engine.hostState, options)
    : createEngineTrainer(engine, options)

/** What a trainer of these options minimises. */
export const lossesOf = ({ config, smoothing = 0 }: TrainerOptions) => ({
  xe: crossEntropyLoss(config, { smoothing }),
  scst: selfCriticalLoss(config),
})

/** A part whose loss is divided by `count`. */
export const withCount = ({ sizes, inputs }: Part, count: number): Part => ({
  sizes,
  inputs: { ...inputs, count: scalar(count) },
})

export const valueOf = (tensor: HostTensor | undefined): number => Number(tensor?.data[0])
