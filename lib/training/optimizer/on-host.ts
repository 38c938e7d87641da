import type { Engine, State } from '../../engine/engine.js'
import { parameterShapes } from '../../model/parameters.js'
import { adamFactors, moments } from './adam.js'
import { compiledSteps, stepName } from './compiled.js'
import { createCrew } from './adam-threads.js'
import { createBlock, fill } from './flat-buffer.js'
import { alone } from '../ranks.js'
import { gradientName, gradientStep, trainedNames } from './step.js'
import { lossesOf, valueOf, withCount, type Trainer, type TrainerOptions } from './optimizer.js'

/**
 * A trainer whose parameters and moments are in the host's memory, where threads update them in place: one pass, where a
 * graph of Adam makes twelve. Of several ranks each sums, follows and keeps the moments of its share of the gradients, and
 * has the others' parameters from them (Rajbhandari et al., "ZeRO", SC 2020, stage 1).
 *
 * @param stateOf the engine's way to compute on this memory
 */
export function createHostTrainer(
  engine: Engine,
  stateOf: NonNullable<Engine['hostState']>,
  options: TrainerOptions,
): Trainer {
  const { config, ranks = alone, clip = Infinity, several = false } = options
  const shapes = parameterShapes(config)
  const trained = Object.fromEntries(trainedNames(config).map((name) => [name, shapes[name]!]))
  const parameters = createBlock(trained, ranks.size)
  const m = createBlock(trained, ranks.size, (name) => moments(name).m)
  const v = createBlock(trained, ranks.size, (name) => moments(name).v)
  const gradients = createBlock(trained, ranks.size, gradientName)
  const [rows, length] = [ranks.size, gradients.values.length / ranks.size]
  const exchanged = rows === 1 ? gradients : createBlock(trained, rows) // (rows, length)

  const all = { ...options.parameters, ...parameters.tensors } // those that are not trained as they are
  const adam = { ...m.tensors, ...v.tensors }
  fill(parameters.tensors, options.parameters)
  if (options.moments) fill(adam, options.moments)
  const state: State = stateOf({ ...all, ...gradients.tensors })
  const losses = lossesOf(options)
  const steps = compiledSteps(engine, state)
  const memory = { parameters, m, v, gradients: exchanged, rows, length, origin: ranks.rank * length }
  const crew = createCrew(memory, engine.threads)

  return {
    state,
    async step(objective, parts, count, rate, update) {
      const sums = Float32Array.of(0, 0) // the loss, and the gradients' squares
      const step = gradientStep(config, losses[objective], { several })
      if (several || parts.length === 0) gradients.values.fill(0)
      for (const part of parts) {
        const { sizes, inputs } = withCount(part, count)
        sums[0]! += valueOf((await steps.run(stepName(objective, sizes), step, inputs))['loss'])
      }
      if (ranks.size > 1) await ranks.exchange(gradients.values, exchanged.values)
      sums[1] = await crew.addUp()
      await ranks.sum(sums)
      const gradientNorm = Math.sqrt(sums[1]!)
      const scale = clip === Infinity ? 1 : Math.min(1, clip / (gradientNorm + 1e-6))
      await crew.update({ ...adamFactors(update, rate), scale })
      await ranks.gather(parameters.values)
      return { loss: sums[0]!, gradientNorm }
    },
    async restart(fresh) {
      steps.clear() // of the objective before
      await state.write(fresh)
      for (const { values } of [m, v]) values.fill(0)
    },
    parameters: async () => all,
    async moments() {
      for (const { values } of [m, v]) await ranks.gather(values)
      return adam
    },
    dispose() {
      steps.clear()
      crew.dispose()
      state.dispose()
    },
  }
}
