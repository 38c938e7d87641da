import { join } from 'node:path'
import t from 'tap'
import { readSafetensors } from '../../lib/formats/safetensors.js'
import type { Engine, EngineFunction } from '../../lib/engine/engine.js'
import * as tf from '../../lib/engine/tfjs.js'
import type { ModelConfig } from '../../lib/model/config.js'
import { encode } from '../../lib/model/encoder.js'
import { initialParameters, recordsOf } from '../../lib/model/parameters.js'
import { rowNoise } from '../../lib/model/noise.js'
import { logProbs } from '../../lib/model/transformer.js'
import { adamInputs, initialMoments } from '../../lib/training/optimizer/adam.js'
import { noam } from '../../lib/training/optimizer/noam.js'
import { crossEntropyLoss } from '../../lib/training/objectives/cross-entropy.js'
import { selfCriticalLoss } from '../../lib/training/objectives/self-critical.js'
import type { Loss } from '../../lib/training/optimizer/optimizer.js'
import { lossAndGradients, trainedNames, trainStep } from '../../lib/training/optimizer/step.js'
import type { HostTensor, HostTensors, Specs } from '../../lib/tensor.js'
import { tiny, tinyConfig } from '../model/golden.js'
import { samplesOf } from '../training/objectives/samples.js'
import { allEngines, noPeer, noWebgpu } from './engines.js'
import { near } from '../near.js'

t.setTimeout(300_000)

const engines = await allEngines()
const oracle = new Map(engines).get('cpu')!
/** What the oracle makes of the full-size model: seconds of work, done once. */
let fullSize: Promise<HostTensors> | undefined

for (const [name, engine] of engines) {
  // TensorFlow's products round differently, and a graphics card's in another order each; the others are held to the
  // reference's digits.
  const exact = name === 'onnxruntime' || name === 'cpu'
  const [close, closer] = exact ? [1e-5, 1e-6] : [1e-4, 1e-4]
  const ofGradients = name === 'webgpu' ? 1e-3 : 1e-4
  const skip = engine ? false : name === 'webgpu' ? noWebgpu : noPeer

  t.test(`${name} equals the reference`, { skip }, async (t) => {
    const config = await tinyConfig()
    const parameters = await load('model')
    const expected = await load('golden')
    const { features, captions } = {
      features: expected['features']!,
      captions: images(expected['captions']!),
    }

    const forward = await run(engine!, 'forward', forwardOf(config), { features, captions }, parameters)
    near(t, numbers(forward['encoded']), numbers(expected['encoder_output']), close, 'encoder')
    near(t, numbers(forward['logProbs']), numbers(expected['log_probs']), close, 'log-probabilities')

    const loss = await run(
      engine!,
      'xe',
      valueOf(config, crossEntropyLoss(config)),
      { features, captions },
      parameters,
    )
    near(t, relative(loss['value'], expected['xe_loss']), 0, closer, 'cross-entropy')

    const rewards = expected['scst_rewards']!
    const sampled = samplesOf(
      config,
      features,
      expected['beam5_words']!,
      rewards.data as Float32Array, // as goldens are
      meansOfRows(rewards),
    )
    const found = await run(engine!, 'scst', valueOf(config, selfCriticalLoss(config)), sampled, parameters)
    near(t, numbers(found['value']), numbers(expected['scst_loss']), close, 'self-critical loss')
    const gradients = await load('gradients')
    for (const key of trainedNames(config).filter(matters))
      near(t, relative(found[key], gradients[`scst.${key}`]), 0, ofGradients, `gradient of ${key}`)

    const state = engine!.state({ ...parameters, ...initialMoments(parameters, trainedNames(config)) })
    const inputs = { features, captions, ...adamInputs(1, 1) }
    const step = await engine!.compile('step', trainStep(config, crossEntropyLoss(config)), {
      inputs: specsOf(inputs),
      state,
    })
    for (let i = 0; i < 10; i++) {
      const rate = noam(i + 2, config, 50) // as in test/training/objectives/golden.test.ts
      const { loss } = await step.run({ ...inputs, ...adamInputs(i + 1, rate) })
      near(
        t,
        Number(loss!.data[0]),
        Number(expected['train_losses']!.data[i]),
        exact ? 1e-5 : 1e-4,
        `loss ${i + 1}`,
      )
    }
    const [after, golden] = [await state.read(), await load('model-after-10-steps')]
    for (const key of trainedNames(config).filter(matters))
      near(t, numbers(after[key]), numbers(golden[key]), ofGradients, `${key} after ten steps`)
    step.dispose()
    state.dispose()
  })

  // One skip tells of a missing engine, the oracle equals itself, and a card in software takes minutes.
  if (!engine || name === 'cpu' || name === 'webgpu') continue

  for (const regionMask of ['reference', 'true'] as const)
    t.test(`${name} equals the oracle, mask ${regionMask}, with dropout`, async (t) => {
      const config = { ...(await tinyConfig()), regionMask }
      const parameters = await load('model')
      const { features, captions } = await load('golden')
      const [count, length] = captions!.shape as [number, number]
      const inputs = {
        features: withPadding(features!),
        captions: images(captions!),
        regionNoise: noise(1, count * 10),
        wordNoise: noise(2, count * (length - 1)),
      }
      const fn = valueOf(config, crossEntropyLoss(config))
      const [found, expected] = [
        await run(engine!, 'loss', fn, inputs, parameters),
        await run(oracle, 'loss', fn, inputs, parameters),
      ]
      near(t, relative(found['value'], expected['value']), 0, closer)
      for (const key of trainedNames(config).filter(matters))
        near(t, relative(found[key], expected[key]), 0, 1e-4, `gradient of ${key}`)
    })

  t.test(`${name} gives a full-size model the same log-probabilities`, async (t) => {
    const { modelConfig } = await import('../../lib/model/config.js')
    const config = modelConfig.parse({ vocabularySize: 10_201 })
    // Weights and features by a formula: the hash of a seed, the parameter and the element (lib/model/parameters.ts).
    const parameters = initialParameters(config, 2020)
    const captions: HostTensor = {
      shape: [1, 1, 5],
      dtype: 'int32',
      data: Int32Array.of(2, 4, 10_200, 77, 3),
    }
    const features: HostTensor = {
      shape: [1, config.regions, config.featureWidth],
      dtype: 'float32',
      data: Float32Array.from(
        rowNoise(5, config.regions * config.featureWidth),
        (bits) => Math.abs(bits) / 2 ** 31,
      ),
    }
    const fn = forwardOf(config)
    const expected = await (fullSize ??= run(oracle, 'forward', fn, { features, captions }, parameters))
    const found = await run(engine!, 'forward', fn, { features, captions }, parameters)
    near(t, numbers(found['logProbs']), numbers(expected['logProbs']), 1e-4)
  })
}

const forwardOf =
  (config: ModelConfig): EngineFunction =>
  ({ features, captions }, parameters) => {
    const { levels } = encode(recordsOf(config, parameters).encoder, config, features as tf.Tensor3D)
    const rows = levels.map((level) => tf.reshape(level, [features!.shape[0]!, -1, config.width]))
    const found = logProbs({ config, parameters }, features as tf.Tensor3D, captions as tf.Tensor3D)
    return { outputs: { encoded: tf.stack(rows, 1), logProbs: found } }
  }

const valueOf =
  (config: ModelConfig, loss: Loss): EngineFunction =>
  (inputs, parameters) => {
    const { value, gradients } = lossAndGradients(config, loss, inputs, parameters)
    return { outputs: { value, ...gradients } }
  }

async function run(
  engine: Engine,
  name: string,
  fn: EngineFunction,
  inputs: HostTensors,
  constants: HostTensors,
) {
  const compiled = await engine.compile(name, fn, { inputs: specsOf(inputs), constants })
  const outputs = await compiled.run(inputs)
  compiled.dispose()
  return outputs
}

/** One file of the goldens; whole numbers become int32, and numbers of batches seen are left out. */
async function load(name: string): Promise<HostTensors> {
  const tensors = Object.entries(await readSafetensors(join(tiny ?? '', `${name}.safetensors`)))
  return Object.fromEntries(
    tensors.map(([key, tensor]) => [
      key,
      tensor.dtype === 'float32'
        ? tensor
        : {
            shape: tensor.shape,
            dtype: 'int32' as const,
            data: Int32Array.from(tensor.data as Uint8Array, Number),
          },
    ]),
  )
}

const specsOf = (tensors: HostTensors): Specs =>
  Object.fromEntries(
    Object.entries(tensors).map(([key, { shape, dtype }]) => [key, { shape, dtype: dtype as 'int32' }]),
  )

/** (b, t) -> (b, 1, t): images of one caption. */
const images = (captions: HostTensor): HostTensor => ({
  ...captions,
  shape: captions.shape.toSpliced(1, 0, 1),
})

/** The last three regions of every image become padding. */
function withPadding(features: HostTensor): HostTensor {
  const [, regions, width] = features.shape as [number, number, number]
  const data = Float32Array.from(features.data as Float32Array, (value, i) =>
    Math.floor(i / width) % regions < regions - 3 ? value : 0,
  )
  return { shape: features.shape, dtype: 'float32', data }
}

const noise = (seed: number, length: number): HostTensor => ({
  shape: [length],
  dtype: 'int32',
  data: rowNoise(seed, length),
})

function meansOfRows({ shape: [rows = 0, columns = 0], data }: HostTensor): number[] {
  return Array.from({ length: rows }, (_, row) => {
    const values = Array.from(data.slice(row * columns, (row + 1) * columns), Number)
    return values.reduce((total, value) => total + value, 0) / columns
  })
}

/** A bias of the decoder's keys changes nothing: its gradient is rounding, which Adam blows up (see step.test.ts). */
const matters = (name: string) => !/^decoder.*fc_k\.bias$/.test(name)

const numbers = (tensor: HostTensor | undefined): number[] => [...(tensor?.data ?? [NaN])].map(Number)

function differences(a: HostTensor | undefined, b: HostTensor | undefined): number[] {
  const [left, right] = [numbers(a), numbers(b)]
  return left.map((value, i) => Math.abs(value - (right[i] ?? NaN)))
}

const norm = (values: readonly number[]) => Math.sqrt(values.reduce((total, value) => total + value ** 2, 0))

const relative = (found: HostTensor | undefined, expected: HostTensor | undefined) =>
  norm(differences(found, expected)) / norm(numbers(expected))
