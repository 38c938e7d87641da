/** The optimizer on the engine's own device: one compiled graph is the whole training step. */
import type { Engine } from '../../engine/engine.js'
import { float32Spec, zeros, type HostTensor, type HostTensors, type Specs } from '../../tensor.js'
import { alone } from '../ranks.js'
import { adamInputs, initialMoments } from './adam.js'
import { compiledSteps, stepName } from './compiled.js'
import { valueOf, withCount, type Optimizer, type OptimizerOptions, type Update } from './optimizer.js'
import { gradientName, gradientStep, trainedNames, trainStep, updateStep } from './step.js'

/** An optimizer whose parameters, moments and update all live where the engine computes. */
export function createEngineOptimizer<Name extends string>(
  engine: Engine,
  options: OptimizerOptions<Name>,
): Optimizer<Name> {
  const { config, parameters, losses, ranks = alone, clip, accumulate = false } = options
  const whole = !accumulate && ranks.size === 1
  const names = trainedNames(config)
  const moments = options.moments ?? initialMoments(parameters, names)
  const sums = whole ? {} : zeroGradients(parameters, names)
  const [parameterNames, momentNames] = [Object.keys(parameters), Object.keys(moments)]
  const state = engine.state({ ...parameters, ...moments, ...sums })
  const steps = compiledSteps(engine, state)

  /** Gradients of each micro-batch, added up over them and the ranks, then one update. */
  async function accumulated({ objective, microBatches, count }: Update<Name>, adam: HostTensors) {
    let loss = 0
    if (microBatches.length === 0) await state.write(zeroGradients(state.specs, names))
    const step = gradientStep(config, losses[objective], { accumulate })
    for (const one of microBatches)
      loss += valueOf((await steps.run(stepName(objective, one.sizes), step, withCount(one, count)))['loss'])
    if (ranks.size > 1) loss = await sumOverRanks(loss)
    const { gradientNorm } = await steps.run('update', updateStep(config, { clip, accumulate }), adam)
    return { loss, gradientNorm: valueOf(gradientNorm) }
  }

  /** Replaces every rank's gradients by their sum over all ranks, and returns the sum of losses. */
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
    async step(update) {
      const { objective, microBatches, count } = update
      const adam = { ...adamInputs(update.update, update.learningRate) }
      const [only] = microBatches
      if (!whole || !only) return await accumulated(update, adam)
      const step = trainStep(config, losses[objective], { clip })
      const name = stepName(objective, only.sizes)
      const { loss, gradientNorm } = await steps.run(name, step, { ...withCount(only, count), ...adam })
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
function zeroGradients(specs: Specs | HostTensors, names: readonly string[]): HostTensors {
  return Object.fromEntries(
    names.map((name): [string, HostTensor] => {
      const { shape } = specs[name]!
      return [gradientName(name), zeros(float32Spec(...shape))]
    }),
  )
}
