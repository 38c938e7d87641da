/** Makes the optimizer that suits an engine. */
import type { Engine } from '../../engine/engine.js'
import { createEngineOptimizer } from './on-engine.js'
import { createHostOptimizer } from './on-host.js'
import type { Optimizer, OptimizerOptions } from './optimizer.js'

/** An optimizer in the host's memory where the engine computes there, otherwise on the engine's device. */
export const createOptimizer = <Name extends string>(
  engine: Engine,
  options: OptimizerOptions<Name>,
): Optimizer<Name> =>
  engine.hostState
    ? createHostOptimizer(engine, engine.hostState, options)
    : createEngineOptimizer(engine, options)
