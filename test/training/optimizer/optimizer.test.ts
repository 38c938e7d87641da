/** The optimizer in the host's memory against the one on an engine. */
import t from 'tap'
import * as tf from '../../../lib/engine/tfjs.js'
import { createEngine } from '../../../lib/engine/create.js'
import { initialParameters } from '../../../lib/model/parameters.js'
import { crossEntropyInputs, crossEntropyLoss } from '../../../lib/training/objectives/cross-entropy.js'
import { targetOf } from '../../../lib/training/objectives/inputs.js'
import { createOptimizer } from '../../../lib/training/optimizer/index.js'
import { hash } from '../../../lib/random.js'
import { toyConfig } from '../../decoding/toy-model.js'
import { tensorsOf } from '../../model/golden.js'
import { near } from '../../near.js'

t.before(() => tf.setBackend('cpu'))

const config = { ...toyConfig, dropout: 0.1 }
const sizes = { images: 2, captions: 1, length: 4 }

/** Two images and a caption of each. */
function microBatchOf(first: number) {
  const size = sizes.images * config.regions * config.featureWidth
  const features = Float32Array.from({ length: size }, (_, i) => hash(first, i) / 2 ** 31)
  const targets = [[targetOf(Int32Array.of(4, 5, 6), 0)], [targetOf(Int32Array.of(7, 8), 0)]]
  return { sizes, inputs: crossEntropyInputs({ config, sizes, features, first, seed: 9 }, targets) }
}

/** Weights after three steps. */
async function trained(engine: 'onnxruntime' | 'cpu', accumulate: boolean) {
  const made = await createEngine({ engine, ...(engine === 'onnxruntime' && { threads: 1 }) })
  const optimizer = createOptimizer(made, {
    config,
    parameters: initialParameters(config, 3),
    losses: { xe: crossEntropyLoss(config) },
    accumulate,
    clip: 0.5,
  })
  const microBatches = accumulate ? [microBatchOf(0), microBatchOf(2)] : [microBatchOf(0)]
  const norms: number[] = []
  const given = { objective: 'xe', microBatches, count: 7 * microBatches.length, learningRate: 1e-3 } as const
  for (let update = 1; update <= 3; update++)
    norms.push((await optimizer.step({ ...given, update })).gradientNorm)
  const weights = tensorsOf(structuredClone(await optimizer.parameters()))
  optimizer.dispose()
  made.dispose()
  return { norms, weights }
}

t.test("a step in the host's memory is the step on an engine's own", async (t) => {
  for (const accumulate of [false, true]) {
    const [host, device] = [await trained('onnxruntime', accumulate), await trained('cpu', accumulate)]
    near(t, host.norms, device.norms, 1e-5, 'norms of the gradients', { relative: true })
    // A gradient that is zero but for rounding makes a step of either sign; see objectives/golden.test.ts.
    for (const name of Object.keys(host.weights).filter((name) => !/^decoder.*fc_k\.bias$/.test(name)))
      near(t, host.weights[name]!, device.weights[name]!, 1e-5, name)
  }
})
