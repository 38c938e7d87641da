import t from 'tap'
import * as tf from '../../lib/engine/tfjs.js'
import { modelConfig, type ModelConfig } from '../../lib/model/config.js'
import { rowNoise } from '../../lib/model/noise.js'
import { frozen, initialParameters, parameterShapes } from '../../lib/model/parameters.js'
import { logProbs, type Model } from '../../lib/model/transformer.js'
import { crossEntropyLoss } from '../../lib/training/objectives/cross-entropy.js'
import { lossAndGradients, trainedNames } from '../../lib/training/optimizer/step.js'
import { distance, smallSizes, tensorsOf } from './golden.js'
import { near } from '../near.js'

t.before(() => tf.setBackend('cpu'))

function model(options: Partial<ModelConfig> = {}): Model {
  const config = modelConfig.parse({ ...smallSizes, ...options })
  return { config, parameters: tensorsOf(initialParameters(config, 1)) }
}

const features = (images: number, regions = 4) =>
  tf.randomUniform<tf.Rank.R3>([images, regions, 6], -1, 1, 'float32', 2)

// Two captions of each of two images; one has padding, one is padding.
const captions = tf.tensor3d(
  [
    [
      [2, 4, 5, 3],
      [2, 6, 3, 1],
    ],
    [
      [2, 7, 8, 3],
      [1, 1, 1, 1],
    ],
  ],
  [2, 2, 4],
  'int32',
)

t.test('captions that share an image are as if each had its own', async (t) => {
  const shared = logProbs(model(), features(2), captions)
  const copies = tf.gather(features(2), tf.tensor1d([0, 0, 1, 1], 'int32'))
  const own = logProbs(model(), copies, tf.reshape(captions, [4, 1, 4]))
  near(t, shared, own, 1e-6)
})

t.test('padding of regions', async (t) => {
  const padded = tf.pad(features(2, 3), [
    [0, 0],
    [0, 1],
    [0, 0],
  ])
  const change = (regionMask: 'true' | 'reference') => {
    const { config, parameters } = model({ regionMask })
    // Without a bias padding stays zero through the layer normalisation, where the reference looks for it.
    const bias = tf.randomUniform([8], -1, 1, 'float32', 3)
    const its = { config, parameters: { ...parameters, 'encoder.fc.bias': bias } }
    return distance(logProbs(its, padded, captions), logProbs(its, features(2, 3), captions))
  }
  near(t, change('true'), 0, 1e-6, 'what the true mask lets through')
  t.ok(change('reference') > 1e-3, "is seen through the reference's")

  const nothing = logProbs(model(), tf.zeros([2, 4, 6]), captions)
  t.ok(tf.all(tf.isFinite(nothing)).dataSync()[0], 'an image without regions gives numbers')
})

t.test('words see those before them, and padding changes nothing', async (t) => {
  const before = tf.slice(logProbs(model(), features(2), captions), [0, 0], [3, -1])
  const other = tf.tensor3d([2, 4, 5, 9, 2, 6, 3, 1, 2, 7, 8, 3, 1, 1, 1, 1], [2, 2, 4], 'int32')
  near(t, before, tf.slice(logProbs(model(), features(2), other), [0, 0], [3, -1]), 0)
  const longer = logProbs(
    model(),
    features(2),
    tf.pad(
      captions,
      [
        [0, 0],
        [0, 0],
        [0, 1],
      ],
      1,
    ) as tf.Tensor3D,
  )
  near(t, before, tf.slice(longer, [0, 0], [3, -1]), 1e-6)
})

t.test('every trained parameter has a gradient', async (t) => {
  const variants: Partial<ModelConfig>[] = [
    {},
    { memorySlots: 0 },
    { encoderLayers: 1, decoderLayers: 3 },
    { connections: 'one-to-one' },
    { gates: 'softmax' },
    { keyWidth: 3, valueWidth: 5 },
    { regionMask: 'reference' },
  ]
  for (const variant of variants) {
    const { config, parameters } = model(variant)
    const noise = (rows: number) => tf.tensor1d(rowNoise(rows, rows), 'int32')
    const inputs = { features: features(2), captions, regionNoise: noise(8), wordNoise: noise(12) }
    const { gradients } = lossAndGradients(config, crossEntropyLoss(config), inputs, parameters)
    t.same(
      Object.keys(gradients),
      Object.keys(parameters).filter((name) => !frozen.has(name)),
    )
    const still = Object.entries(gradients).filter(([, x]) => !(tf.max(tf.abs(x)).dataSync()[0]! > 0))
    // A bias of keys shifts all scores of a query alike, to no effect; what is left of it is rounding.
    t.same(
      still.map(([name]) => name).filter((name) => !name.endsWith('fc_k.bias')),
      [],
      JSON.stringify(variant),
    )
  }
})

t.test('one-to-one layers attend to their own encoder layer only', async (t) => {
  const { config, parameters } = model({ connections: 'one-to-one', encoderLayers: 2, decoderLayers: 1 })
  const last = 'encoder.layers.1.pwff.fc1.weight'
  const changed = { ...parameters, [last]: tf.mul(parameters[last]!, 2) }
  const found = (parameters: Model['parameters']) => logProbs({ config, parameters }, features(2), captions)
  near(t, found(parameters), found(changed), 0)
  t.throws(() => model({ connections: 'one-to-one', encoderLayers: 1 }), /as many encoder layers/)
})

t.test('softmax gates of a single encoder layer are open', async (t) => {
  const gated = model({ gates: 'softmax', encoderLayers: 1, decoderLayers: 1 })
  const open = model({ connections: 'one-to-one', encoderLayers: 1, decoderLayers: 1 })
  const found = logProbs({ config: open.config, parameters: gated.parameters }, features(2), captions)
  near(t, logProbs(gated, features(2), captions), found, 1e-6)
})

t.test('the number of heads matters', async (t) => {
  const two = model()
  const four = { ...two, config: modelConfig.parse({ ...smallSizes, heads: 4, keyWidth: 2, valueWidth: 2 }) }
  t.same(parameterShapes(two.config), parameterShapes(four.config))
  t.ok(distance(logProbs(two, features(2), captions), logProbs(four, features(2), captions)) > 1e-4)
})

t.test('initial parameters', async (t) => {
  const config = modelConfig.parse({ ...smallSizes, positions: 'sinusoid' })
  const one = initialParameters(config, 1)
  t.same(one, initialParameters(config, 1), 'are a function of the seed')
  t.notSame(one['encoder.fc.weight'], initialParameters(config, 2)['encoder.fc.weight'])

  const weight = initialParameters(modelConfig.parse({ ...smallSizes, width: 64, featureWidth: 200 }), 3)[
    'encoder.fc.weight'
  ]!
  const bound = Math.sqrt(6 / 264)
  const values = Array.from(weight.data as Float32Array) // of a parameter
  t.ok(values.every((x) => Math.abs(x) <= bound))
  const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length
  near(t, variance / (bound ** 2 / 3), 1, 0.05, 'variance over that of Glorot and Bengio')

  const positions = one['decoder.pos_emb.weight']!.data as Float32Array
  t.same(Array.from(positions.subarray(0, 8)), [0, 0, 0, 0, 0, 0, 0, 0])
  near(t, positions[8 + 2]!, Math.sin(0.1), 1e-6)
  t.ok(trainedNames(config).every((name) => !name.includes('pos_emb')))
})
