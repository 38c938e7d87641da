import t from 'tap'
import * as tf from '../../lib/engine/tfjs.js'
import { encode } from '../../lib/model/encoder.js'
import { parameterShapes, recordsOf } from '../../lib/model/parameters.js'
import { logProbs } from '../../lib/model/transformer.js'
import { noShared } from '../shared.js'
import { golden, tiny, tinyConfig } from './golden.js'
import { near } from '../near.js'

t.before(() => tf.setBackend('cpu'))

t.test('equals the reference', { skip: tiny ? false : noShared }, async (t) => {
  const config = await tinyConfig()
  const parameters = await golden('model')
  const expected = await golden('golden')
  const features = expected['features'] as tf.Tensor3D
  const captions = expected['captions'] as tf.Tensor2D
  const [images, length] = captions.shape

  t.test('names and shapes of parameters', async (t) => {
    for (const [name, shape] of Object.entries(parameterShapes(config)))
      t.same(parameters[name]?.shape, shape, name)
    const buffers = Object.keys(parameters).filter((name) => !(name in parameterShapes(config)))
    t.ok(buffers.every((name) => /running_/.test(name)))
  })

  t.test('encoder', async (t) => {
    const { levels, regionBias } = encode(recordsOf(config, parameters).encoder, config, features)
    const levelsOf = tf.stack(
      levels.map((level) => tf.reshape(level, [images, -1, config.width])),
      1,
    )
    near(t, levelsOf, expected['encoder_output']!, 1e-5)
    near(t, tf.cast(tf.notEqual(regionBias, 0), 'int32'), expected['encoder_mask']!, 0)
  })

  t.test('log-probabilities', async (t) => {
    const found = logProbs({ config, parameters }, features, tf.reshape(captions, [images, 1, length]))
    near(t, found, expected['log_probs']!, 1e-5)
  })
})
