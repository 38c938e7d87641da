import { createEngine } from '../engine/engine.js'
import { specsOf } from '../engine/signature.js'
import { initialParameters } from '../model/parameters.js'
import { sizeOf } from '../tensor.js'
import { adamInputs, adamStep, initialMoments } from '../training/adam.js'
import { trainedNames } from '../training/step.js'
import type { Tensors } from '../model/scope.js'
import type * as tf from '../engine/tfjs.js'
import type { Benchmark } from './benchmark.js'
import { benchConfig as config } from './samples.js'

/** Adam's update of all parameters, the parameters standing in for their gradients. */
export const adam: Benchmark = {
  summary: "Adam's update alone, in parameters a second",
  async *cases(settings) {
    const engine = await createEngine(settings.engine)
    const names = trainedNames(config)
    const parameters = initialParameters(config, 1)
    const state = engine.state({ ...parameters, ...initialMoments(parameters, names) })
    const inputs = adamInputs(1, 1e-5)
    const update = ({ stepSize, rootCorrection }: Tensors, state: Tensors) => {
      const gradients = Object.fromEntries(names.map((name) => [name, state[name]!]))
      const updated = adamStep(state, gradients, stepSize as tf.Scalar, rootCorrection as tf.Scalar) // as compiled for
      return { outputs: {}, state: updated }
    }
    const start = performance.now()
    const compiled = await engine.compile('adam', update, { inputs: specsOf(inputs), state })
    const count = names.reduce((total, name) => total + sizeOf(parameters[name]!.shape), 0)
    yield {
      name: 'adam',
      shapes: { parameters: count },
      unit: 'parameters',
      count,
      compileSeconds: (performance.now() - start) / 1000,
      run: () => compiled.run(inputs),
      dispose: () => engine.dispose(),
    }
  },
}
