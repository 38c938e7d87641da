import type { Compiled, Engine, State } from '../engine/engine.js'
import { specsOf } from '../engine/signature.js'
import type { ModelConfig } from '../model/config.js'
import { float32Spec, scalar, zeros, type HostTensor, type HostTensors, type Specs } from '../tensor.js'
import { adamInputs, initialMoments } from './adam.js'
import type { Objective } from './course.js'
import type { Sizes } from './minibatch.js'
import { alone, type Ranks } from './ranks.js'
import {
  crossEntropyLoss,
  gradientName,
  gradientStep,
  selfCriticalLoss,
  trainedNames,
  trainStep,
  updateStep,
  type Step,
} from './step.js'

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
  moments(): Promise<HostTensors>
  dispose(): void
}

const mostSteps = 12 // compiled at a time

export function createTrainer(engine: Engine, options: TrainerOptions): Trainer {
  const { config, parameters, ranks = alone, smoothing = 0, clip, several = false } = options
  const whole = !several && ranks.size === 1
  const names = trainedNames(config)
  const moments = options.moments ?? initialMoments(parameters, names)
  const sums = whole ? {} : zerosOf(parameters, names)
  const [parameterNames, momentNames] = [Object.keys(parameters), Object.keys(moments)]
  const state = engine.state({ ...parameters, ...moments, ...sums })
  const losses = { xe: crossEntropyLoss(config, { smoothing }), scst: selfCriticalLoss(config) }
  const compiled = new Map<string, Promise<Compiled>>()

  function compile(key: string, fn: Step, inputs: HostTensors): Promise<Compiled> {
    let step = compiled.get(key)
    if (step) compiled.delete(key)
    else step = engine.compile(key, fn, { inputs: specsOf(inputs), state })
    compiled.set(key, step) // at the end: the first is the one longest unused
    for (const [oldest, old] of compiled) {
      if (compiled.size <= mostSteps) break
      compiled.delete(oldest)
      void old.then((one) => one.dispose())
    }
    return step
  }

  function disposeSteps(): void {
    for (const step of compiled.values()) void step.then((one) => one.dispose())
    compiled.clear()
  }

  const nameOf = (objective: Objective, { images, captions, length }: Sizes) =>
    `${objective} step, ${images} x ${captions} captions of ${length}`

  async function atOnce(
    objective: Objective,
    { sizes, inputs }: Part,
    adam: HostTensors,
  ): Promise<StepResult> {
    const all = { ...inputs, ...adam }
    const step = await compile(nameOf(objective, sizes), trainStep(config, losses[objective], { clip }), all)
    const { loss, gradientNorm } = await step.run(all)
    return { loss: valueOf(loss), gradientNorm: valueOf(gradientNorm) }
  }

  async function inParts(
    objective: Objective,
    parts: readonly Part[],
    adam: HostTensors,
  ): Promise<StepResult> {
    let loss = 0
    if (parts.length === 0) await state.write(zerosOf(state.specs, names))
    for (const { sizes, inputs } of parts) {
      const step = await compile(
        nameOf(objective, sizes),
        gradientStep(config, losses[objective], { several }),
        inputs,
      )
      loss += valueOf((await step.run(inputs))['loss'])
    }
    if (ranks.size > 1) loss = await sumOverRanks(loss)
    const update = await compile('update', updateStep(config, { clip, several }), adam)
    const { gradientNorm } = await update.run(adam)
    return { loss, gradientNorm: valueOf(gradientNorm) }
  }

  /** Makes every rank's gradients the sum of all ranks', and returns the sum of losses. */
  async function sumOverRanks(loss: number): Promise<number> {
    const gradients = await state.view(names.map(gradientName))
    for (const { data } of Object.values(gradients)) await ranks.sum(data as Float32Array) // as gradients are
    await state.write(gradients)
    const losses = Float32Array.of(loss)
    await ranks.sum(losses)
    return losses[0]!
  }

  return {
    state,
    async step(objective, parts, count, rate, update) {
      const adam = adamInputs(update, rate)
      const counted = parts.map(({ sizes, inputs }) => ({
        sizes,
        inputs: { ...inputs, count: scalar(count) },
      }))
      const [only] = counted
      return whole && only ? atOnce(objective, only, { ...adam }) : inParts(objective, counted, { ...adam })
    },
    async restart(fresh) {
      disposeSteps() // of the objective before
      await state.write({ ...fresh, ...initialMoments(fresh, names) })
    },
    parameters: () => state.view(parameterNames),
    moments: () => state.view(momentNames),
    dispose() {
      disposeSteps()
      state.dispose()
    },
  }
}

/** Gradients of zero, for parameters of these shapes. */
function zerosOf(specs: Specs | HostTensors, names: readonly string[]): HostTensors {
  return Object.fromEntries(
    names.map((name): [string, HostTensor] => {
      const { shape } = specs[name]!
      return [gradientName(name), zeros(float32Spec(...shape))]
    }),
  )
}

const valueOf = (tensor: HostTensor | undefined): number => Number(tensor?.data[0])
