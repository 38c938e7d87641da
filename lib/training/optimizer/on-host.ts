/** The optimizer in the host's memory, where threads update parameters in place. */
import type { Engine, State } from '../../engine/engine.js'
import { parameterShapes } from '../../model/parameters.js'
import { alone } from '../ranks.js'
import { adamFactors, moments } from './adam.js'
import { startAdamThreads } from './adam-threads.js'
import { compiledSteps, stepName } from './compiled.js'
import { copyInto, createFlatBuffer } from './flat-buffer.js'
import { valueOf, withCount, type Optimizer, type OptimizerOptions } from './optimizer.js'
import { gradientName, gradientStep, trainedNames } from './step.js'

/**
 * An optimizer whose parameters and moments are in the host's memory: one pass over them is an update, where a graph of
 * Adam makes twelve. Each rank reduces, updates and stores the moments of its own shard, then all-gathers the parameters
 * (Rajbhandari et al., "ZeRO", SC 2020, stage 1).
 *
 * @param stateOf how the engine computes on this memory
 */
export function createHostOptimizer<Name extends string>(
  engine: Engine,
  stateOf: NonNullable<Engine['hostState']>,
  options: OptimizerOptions<Name>,
): Optimizer<Name> {
  const { config, losses, ranks = alone, clip = Infinity, accumulate = false } = options
  const shapes = parameterShapes(config)
  const trained = Object.fromEntries(trainedNames(config).map((name) => [name, shapes[name]!]))
  const parameters = createFlatBuffer(trained, ranks.size)
  const m = createFlatBuffer(trained, ranks.size, (name) => moments(name).m)
  const v = createFlatBuffer(trained, ranks.size, (name) => moments(name).v)
  const gradients = createFlatBuffer(trained, ranks.size, gradientName)
  const [rows, length] = [ranks.size, gradients.values.length / ranks.size]
  const exchanged = rows === 1 ? gradients : createFlatBuffer(trained, rows) // (rows, length)

  const all = { ...options.parameters, ...parameters.tensors } // frozen parameters stay as they were given
  const adam = { ...m.tensors, ...v.tensors }
  copyInto(parameters.tensors, options.parameters)
  if (options.moments) copyInto(adam, options.moments)
  const state: State = stateOf({ ...all, ...gradients.tensors })
  const steps = compiledSteps(engine, state)
  const memory = { parameters, m, v, gradients: exchanged, rows, length, origin: ranks.rank * length }
  const threads = startAdamThreads(memory, engine.threads)

  return {
    state,
    async step({ objective, microBatches, count, learningRate, update }) {
      const sums = Float32Array.of(0, 0) // the loss, and the gradients' squares
      const step = gradientStep(config, losses[objective], { accumulate })
      if (accumulate || microBatches.length === 0) gradients.values.fill(0)
      for (const one of microBatches) {
        const name = stepName(objective, one.sizes)
        sums[0]! += valueOf((await steps.run(name, step, withCount(one, count)))['loss'])
      }
      if (ranks.size > 1) await ranks.exchange(gradients.values, exchanged.values)
      sums[1] = await threads.addUp()
      await ranks.sum(sums)
      const gradientNorm = Math.sqrt(sums[1]!)
      const scale = clip === Infinity ? 1 : Math.min(1, clip / (gradientNorm + 1e-6))
      await threads.apply({ ...adamFactors(update, learningRate), scale })
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
      threads.dispose()
      state.dispose()
    },
  }
}
