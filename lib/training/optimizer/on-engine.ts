import type { Engine } from '../../engine/engine.js'
import { float32Spec, zeros, type HostTensor, type HostTensors, type Specs } from '../../tensor.js'
import { adamInputs, initialMoments } from './adam.js'
import { compiledSteps, stepName } from './compiled.js'
import { alone } from '../ranks.js'
import { gradientName, gradientStep, trainedNames, trainStep, updateStep } from './step.js'
import { lossesOf, valueOf, withCount, type Part, type Trainer, type TrainerOptions } from './optimizer.js'

/** A trainer whose parameters, moments and update are the engine's, where its device is: one graph is the whole step. */
export function createEngineTrainer(engine: Engine, options: TrainerOptions): Trainer {
  const { config, parameters, ranks = alone, clip, several = false } = options
  const whole = !several && ranks.size === 1
  const names = trainedNames(config)
  const moments = options.moments ?? initialMoments(parameters, names)
  const sums = whole ? {} : zerosOf(parameters, names)
  const [parameterNames, momentNames] = [Object.keys(parameters), Object.keys(moments)]
  const state = engine.state({ ...parameters, ...moments, ...sums })
  const losses = lossesOf(options)
  const steps = compiledSteps(engine, state)

  async function inParts(objective: keyof typeof losses, parts: readonly Part[], adam: HostTensors) {
    let loss = 0
    if (parts.length === 0) await state.write(zerosOf(state.specs, names))
    const step = gradientStep(config, losses[objective], { several })
    for (const { sizes, inputs } of parts)
      loss += valueOf((await steps.run(stepName(objective, sizes), step, inputs))['loss'])
    if (ranks.size > 1) loss = await sumOverRanks(loss)
    const { gradientNorm } = await steps.run('update', updateStep(config, { clip, several }), adam)
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
      const adam = { ...adamInputs(update, rate) }
      const counted = parts.map((part) => withCount(part, count))
      const [only] = counted
      if (!whole || !only) return await inParts(objective, counted, adam)
      const step = trainStep(config, losses[objective], { clip })
      const name = stepName(objective, only.sizes)
      const { loss, gradientNorm } = await steps.run(name, step, { ...only.inputs, ...adam })
      return { loss: valueOf(loss), gradientNorm: valueOf(gradientNorm) }
    },
    async restart(fresh) {
      steps.clear() // of the objective before
      await state.write({ ...fresh, ...initialMoments(fresh, names) })
    },
    parameters: () => state.view(parameterNames),
    moments: () => state.view(momentNames),
    dispose() {
      steps.clear()
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
