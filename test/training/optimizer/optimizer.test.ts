import t from 'tap'
import * as tf from '../../../lib/engine/tfjs.js'
import { createEngine } from '../../../lib/engine/create.js'
import { initialParameters } from '../../../lib/model/parameters.js'
import { crossEntropyInputs, written } from '../../../lib/training/objectives/inputs.js'
import { createTrainer } from '../../../lib/training/optimizer/optimizer.js'
import { hash } from '../../../lib/model/noise.js'
import { toyConfig } from '../../decoding/toy-model.js'
import { distance, tensorsOf } from '../../model/golden.js'

t.before(() => tf.setBackend('cpu'))

const config = { ...toyConfig, dropout: 0.1 }
const sizes = { images: 2, captions: 1, length: 4 }

/** Two images and a caption of each. */
function partOf(first: number) {
  const size = sizes.images * config.regions * config.featureWidth
  const features = Float32Array.from({ length: size }, (_, i) => hash(first, i) / 2 ** 31)
  const targets = [[written(Int32Array.of(4, 5, 6), 0)], [written(Int32Array.of(7, 8), 0)]]
  return { sizes, inputs: crossEntropyInputs(config, sizes, features, targets, { first, seed: 9 }) }
}

/** Weights after three steps. */
async function trained(engine: 'onnxruntime' | 'cpu', several: boolean) {
  const made = await createEngine({ engine, ...(engine === 'onnxruntime' && { threads: 1 }) })
  const trainer = createTrainer(made, {
    config,
    parameters: initialParameters(config, 3),
    several,
    clip: 0.5,
  })
  const parts = several ? [partOf(0), partOf(2)] : [partOf(0)]
  const norms: number[] = []
  for (let update = 1; update <= 3; update++)
    norms.push((await trainer.step('xe', parts, 7 * parts.length, 1e-3, update)).gradientNorm)
  const weights = tensorsOf(structuredClone(await trainer.parameters()))
  trainer.dispose()
  made.dispose()
  return { norms, weights }
}

t.test("a step in the host's memory is the step on an engine's own", async (t) => {
  for (const several of [false, true]) {
    const [host, device] = [await trained('onnxruntime', several), await trained('cpu', several)]
    for (const [i, norm] of host.norms.entries()) t.ok(Math.abs(norm - device.norms[i]!) < 1e-5 * norm)
    // A gradient that is zero but for rounding makes a step of either sign; see step.test.ts.
    for (const name of Object.keys(host.weights).filter((name) => !/^decoder.*fc_k\.bias$/.test(name)))
      t.ok(distance(host.weights[name]!, device.weights[name]!) < 1e-5, name)
  }
})
