import { runInNewContext } from 'node:vm'
import { setFlagsFromString } from 'node:v8'
import t from 'tap'
import { createEngine } from '../../lib/engine/create.js'
import type { Engine } from '../../lib/engine/engine.js'
import { specsOf } from '../../lib/engine/specs.js'
import * as tf from '../../lib/engine/tfjs.js'
import { modelConfig } from '../../lib/model/config.js'
import { rowNoise } from '../../lib/model/noise.js'
import { initialParameters } from '../../lib/model/parameters.js'
import { sizeOf, type HostTensor, type HostTensors } from '../../lib/tensor.js'
import { adamInputs, initialMoments } from '../../lib/training/optimizer/adam.js'
import { crossEntropyLoss } from '../../lib/training/objectives/cross-entropy.js'
import { trainStep, trainedNames } from '../../lib/training/optimizer/step.js'

const config = modelConfig.parse({
  vocabularySize: 40,
  encoderLayers: 1,
  decoderLayers: 1,
  width: 16,
  heads: 2,
  keyWidth: 8,
  valueWidth: 8,
  hiddenWidth: 32,
  memorySlots: 3,
  featureWidth: 12,
  regions: 5,
})

t.test('a thousand steps leave tensors, sessions and memory as they were', async (t) => {
  const engine = await createEngine({ threads: 1 })
  const { step } = await trainer(engine, 6)
  const run = async (count: number) => {
    for (let i = 0; i < count; i++) await step()
    collectGarbage()
    return { ...engine.memory(), traced: tf.memory().numTensors, resident: process.memoryUsage().rss }
  }
  const before = await run(300)
  const after = await run(1000)
  t.equal(after.tensors, before.tensors)
  t.equal(after.sessions, 1)
  t.equal(after.traced, before.traced)
  t.ok(after.resident < before.resident * 1.05, `${before.resident} to ${after.resident} bytes`)
  engine.dispose()
  t.strictSame(engine.memory(), { tensors: 0, sessions: 0 })
})

t.test('two runs of one seed agree to the byte, on two threads', async (t) => {
  const states = []
  for (const _ of [1, 2]) {
    const engine = await createEngine({ threads: 2 })
    const { step, state } = await trainer(engine, 6)
    for (let i = 0; i < 20; i++) await step()
    states.push(await state.read())
    engine.dispose()
  }
  const [one, two] = states
  const differing = Object.keys(one!).filter(
    (name) => Buffer.compare(bytes(one![name]), bytes(two![name])) !== 0,
  )
  t.strictSame(differing, [])
})

t.test('sessions beyond the limit are closed, and opened again when wanted', async (t) => {
  const engine = await createEngine({ threads: 1, sessions: 2 })
  const state = engine.state({ w: { shape: [1], dtype: 'float32', data: Float32Array.of(1) } })
  const add = (length: number) =>
    engine.compile(`add ${length}`, ({ x }, { w }) => ({ outputs: {}, state: { w: w!.add(x!.sum()) } }), {
      inputs: { x: { shape: [length], dtype: 'float32' } },
      state,
    })
  const compiled = [await add(1), await add(2), await add(3)]
  // At once: runs take turns, for they share the state.
  const runs = [0, 1, 2, 0, 2, 1].map((i) =>
    compiled[i]!.run({ x: { shape: [i + 1], dtype: 'float32', data: new Float32Array(i + 1).fill(1) } }),
  )
  await Promise.all(runs)
  t.equal(engine.memory().sessions, 2)
  t.strictSame([...(await state.read())['w']!.data], [1 + 2 * (1 + 2 + 3)])
  compiled[0]!.dispose()
  await t.rejects(compiled[0]!.run({ x: { shape: [1], dtype: 'float32', data: Float32Array.of(1) } }), {
    name: 'DataError',
    message: /disposed/,
  })
  engine.dispose()
})

/** Training of a tiny model, with dropout, on the same captions again and again. */
async function trainer(engine: Engine, images: number) {
  const parameters = initialParameters(config, 7)
  const state = engine.state({ ...parameters, ...initialMoments(parameters, trainedNames(config)) })
  const inputs: HostTensors = {
    features: float([images, config.regions, config.featureWidth], 1),
    captions: {
      shape: [images, 2, 6],
      dtype: 'int32',
      data: rowNoise(2, images * 12).map((bits) => 4 + (Math.abs(bits) % 36)),
    },
    ...noiseOf(0, images),
    ...adamInputs(1, 1e-3),
  }
  const fn = trainStep(config, crossEntropyLoss(config))
  const compiled = await engine.compile('train', fn, { inputs: specsOf(inputs), state })
  let count = 0
  const step = async () => {
    count++
    const { loss } = await compiled.run({ ...inputs, ...noiseOf(count, images), ...adamInputs(count, 1e-3) })
    return Number(loss!.data[0])
  }
  return { step, state }
}

function noiseOf(step: number, images: number): HostTensors {
  const noise = (seed: number, length: number): HostTensor => ({
    shape: [length],
    dtype: 'int32',
    data: rowNoise(seed, length),
  })
  return {
    regionNoise: noise(2 * step, images * config.regions),
    wordNoise: noise(2 * step + 1, images * 2 * 5),
  }
}

function float(shape: number[], seed: number): HostTensor {
  return {
    shape,
    dtype: 'float32',
    data: Float32Array.from(rowNoise(seed, sizeOf(shape)), (bits) => bits / 2 ** 31),
  }
}

function bytes(tensor: HostTensor | undefined): Buffer {
  return Buffer.from(tensor!.data.buffer, tensor!.data.byteOffset, tensor!.data.byteLength)
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
}
