/** Micro-batches: their gradients added up are those of the batch; clipping. */
import t from 'tap'
import * as tf from '../../../lib/engine/tfjs.js'
import { modelConfig } from '../../../lib/model/config.js'
import { rowNoise } from '../../../lib/model/noise.js'
import { initialParameters } from '../../../lib/model/parameters.js'
import type { Tensors } from '../../../lib/engine/engine.js'
import { adamInputs, initialMoments } from '../../../lib/training/optimizer/adam.js'
import { crossEntropyLoss } from '../../../lib/training/objectives/cross-entropy.js'
import {
  gradientStep,
  gradientName,
  trainStep,
  trainedNames,
  updateStep,
} from '../../../lib/training/optimizer/step.js'
import { tensorsOf } from '../../model/golden.js'
import { near } from '../../near.js'

const config = modelConfig.parse({
  vocabularySize: 9,
  maxLength: 8,
  encoderLayers: 1,
  decoderLayers: 1,
  width: 8,
  heads: 2,
  keyWidth: 4,
  valueWidth: 4,
  hiddenWidth: 8,
  memorySlots: 2,
  featureWidth: 6,
  regions: 3,
  dropout: 0.2,
})
const images = 4
const length = 5

t.before(() => tf.setBackend('cpu'))

t.test('micro-batches whose noise is cut from that of the batch make the same update', async (t) => {
  const parameters = initialParameters(config, 1)
  const names = trainedNames(config)
  const start: Tensors = tensorsOf({ ...parameters, ...initialMoments(parameters, names) })
  const features = tf.randomNormal([images, config.regions, config.featureWidth], 0, 1, 'float32', 1)
  const captions = tf.tensor3d(
    [2, 4, 5, 3, 1, 2, 6, 3, 1, 1, 2, 4, 4, 4, 3, 2, 8, 7, 3, 1],
    [images, 1, length],
    'int32',
  )
  const regionNoise = tf.tensor1d(rowNoise(5, images * config.regions), 'int32')
  const wordNoise = tf.tensor1d(rowNoise(6, images * (length - 1)), 'int32')
  const adam = tensorsOf(adamInputs(1, 0.01))
  const loss = crossEntropyLoss(config)
  const whole = trainStep(config, loss)({ features, captions, regionNoise, wordNoise, ...adam }, start)

  let state: Tensors = { ...start }
  for (const name of names) state = { ...state, [gradientName(name)]: tf.zerosLike(start[name]!) }
  const count = tf.scalar(
    captions
      .arraySync()
      .flat(2)
      .filter((word) => word > 2).length,
  )
  let sum = 0
  for (let part = 0; part < 2; part++) {
    const rows = (tensor: tf.Tensor, perImage: number) => tf.slice(tensor, part * 2 * perImage, 2 * perImage)
    const inputs = {
      features: rows(features, 1),
      captions: rows(captions, 1),
      regionNoise: rows(regionNoise, config.regions),
      wordNoise: rows(wordNoise, length - 1),
      count,
    }
    const result = gradientStep(config, loss, { accumulate: true })(inputs, state)
    sum += result.outputs['loss']!.dataSync()[0]!
    state = { ...state, ...result.state }
  }
  const result = updateStep(config, { accumulate: true })(adam, state)
  state = { ...state, ...result.state }

  near(t, sum, whole.outputs['loss']!, 1e-5, 'the loss')
  near(t, result.outputs['gradientNorm']!, whole.outputs['gradientNorm']!, 1e-5, 'the norm of the gradients')
  // Where a gradient is zero but for rounding, Adam makes a step of either sign of it: see objectives/golden.test.ts.
  for (const name of names.filter((name) => !name.endsWith('fc_k.bias')))
    near(t, state[name]!, whole.state![name]!, 1e-5, name)
  for (const name of names) t.equal(tf.sum(tf.abs(state[gradientName(name)]!)).dataSync()[0], 0, name)

  const clip = 0.5
  const clipped = updateStep(config, { clip })
  const moved = clipped(adam, {
    ...start,
    ...Object.fromEntries(names.map((name) => [gradientName(name), tf.onesLike(start[name]!)])),
  })
  const size = names.reduce((total, name) => total + start[name]!.size, 0)
  const [name = ''] = names
  const m = moved.state![`adam.m.${name}`]!
  near(t, m, tf.fill(m.shape, (0.1 * clip) / Math.sqrt(size)), 1e-6, 'the norm is cut to --clip')
})
