import t from 'tap'
import { createEngine } from '../../../lib/engine/create.js'
import { specsOf } from '../../../lib/engine/specs.js'
import * as tf from '../../../lib/engine/tfjs.js'
import type { ModelConfig } from '../../../lib/model/config.js'
import type { Tensors } from '../../../lib/engine/engine.js'
import type { HostTensor, HostTensors } from '../../../lib/tensor.js'
import { adamInputs, moments } from '../../../lib/training/optimizer/adam.js'
import { noam } from '../../../lib/training/optimizer/noam.js'
import {
  crossEntropyLoss,
  lossAndGradients,
  selfCriticalLoss,
  trainStep,
  trainedNames,
  type Loss,
} from '../../../lib/training/optimizer/step.js'
import { distance, golden, relativeDistance, tensorsOf, tiny, tinyConfig } from '../../model/golden.js'
import { noShared } from '../../shared.js'
import { samplesOf } from './samples.js'

t.before(() => tf.setBackend('cpu'))

t.test('training equals the reference', { skip: tiny ? false : noShared }, async (t) => {
  const config = await tinyConfig()
  const parameters = await golden('model')
  const expected = await golden('golden')
  const expectedGradients = await golden('gradients')
  const features = expected['features']!
  const captions = tf.expandDims(expected['captions']!, 1)

  t.test('cross-entropy', async (t) => {
    const { value, gradients } = differentiate(
      config,
      crossEntropyLoss(config),
      { features, captions },
      parameters,
    )
    t.ok(relativeDistance(value, tf.squeeze(expected['xe_loss']!)) < 1e-6)

    // The golden's gradients of it are those of other captions: words that its captions do not have move. But where
    // every reward is 1 and the baseline 0 the self-critical loss is the cross-entropy, up to what it is divided by.
    const [images, , length] = captions.shape as [number, number, number]
    const labels = tf.slice(captions, [0, 0, 1])
    const tokens = tf.sum(tf.cast(tf.notEqual(labels, 1), 'float32')).dataSync()[0]!
    const given = hostTensors({ features, captions: labels })
    const ones = Array.from({ length: images }, () => 1)
    const zeros = Array.from({ length: images }, () => 0)
    const inputs = tensorsOf(samplesOf(config, given['features']!, given['captions']!, ones, zeros))
    const likelihood = differentiate(config, selfCriticalLoss(config), inputs, parameters)
    const scale = (images * (length - 1)) / tokens
    t.ok(relativeDistance(value, tf.mul(likelihood.value, scale)) < 1e-6)
    for (const name of matteringNames(config))
      t.ok(relativeDistance(gradients[name]!, tf.mul(likelihood.gradients[name]!, scale)) < 1e-5, name)
  })

  t.test('self-critical loss and its gradients, computed by either engine', async (t) => {
    const rewards = expected['scst_rewards']!
    const given = hostTensors({ features, captions: expected['beam5_words']! })
    const baselines = tf.mean(rewards, 1).dataSync()
    const inputs = tensorsOf(
      samplesOf(config, given['features']!, given['captions']!, rewards.dataSync(), baselines),
    )
    const loss = selfCriticalLoss(config)
    for (const { value, gradients } of [
      differentiate(config, loss, inputs, parameters),
      await differentiateCompiled(config, loss, inputs, parameters),
    ]) {
      t.ok(distance(value, tf.squeeze(expected['scst_loss']!)) < 1e-5)
      for (const name of matteringNames(config))
        t.ok(relativeDistance(gradients[name]!, expectedGradients[`scst.${name}`]!) < 1e-4, name)
      for (const name of trainedNames(config).filter(withoutEffect))
        t.ok(distance(gradients[name]!, tf.zerosLike(gradients[name]!)) < 1e-7, name)
    }
  })

  t.test('ten steps of Adam with the Noam schedule', async (t) => {
    const losses = expected['train_losses']!.dataSync()
    const rates = expected['train_lrs']!.dataSync()
    const step = trainStep(config, crossEntropyLoss(config))
    let state: Tensors = { ...parameters }
    for (const name of trainedNames(config))
      for (const moment of Object.values(moments(name)))
        state = { ...state, [moment]: tf.zerosLike(parameters[name]!) }
    for (let i = 0; i < 10; i++) {
      // The golden's warm-up is 50 steps; its first iteration is the schedule's second step, for an epoch starts there.
      const rate = noam(i + 2, config, 50)
      t.ok(Math.abs(rate / rates[i]! - 1) < 1e-6, `rate ${i + 1}`)
      const inputs = { features, captions, ...tensorsOf(adamInputs(i + 1, rate)) }
      const result = step(inputs, state)
      t.ok(Math.abs(result.outputs['loss']!.dataSync()[0]! - losses[i]!) < 1e-5, `loss ${i + 1}`)
      state = { ...state, ...result.state }
    }
    const after = await golden('model-after-10-steps')
    for (const name of matteringNames(config)) t.ok(distance(state[name]!, after[name]!) < 1e-4, name)
    t.equal(distance(after['decoder.pos_emb.weight']!, parameters['decoder.pos_emb.weight']!), 0)
  })
})

/**
 * A bias of the decoder's keys adds the same to all scores of a query, which the softmax takes away again: its gradient is
 * zero but for rounding, which Adam blows up to steps of the size of the rate.
 */
const withoutEffect = (name: string) => /^decoder.*fc_k\.bias$/.test(name)

const matteringNames = (config: ModelConfig) => trainedNames(config).filter((name) => !withoutEffect(name))

function differentiate(config: ModelConfig, loss: Loss, inputs: Tensors, parameters: Tensors) {
  return tf.tidy(() => lossAndGradients(config, loss, inputs, parameters) as never) as ReturnType<
    typeof lossAndGradients
  >
}

/** The same by onnxruntime. */
async function differentiateCompiled(config: ModelConfig, loss: Loss, inputs: Tensors, parameters: Tensors) {
  const engine = await createEngine({ threads: 1 })
  const given = hostTensors(inputs)
  const compiled = await engine.compile(
    'gradients',
    (inputs, state) => {
      const { value, gradients } = lossAndGradients(config, loss, inputs, state)
      return { outputs: { ...gradients, value } }
    },
    { inputs: specsOf(given), state: engine.state(hostTensors(parameters)) },
  )
  const { value, ...gradients } = tensorsOf(await compiled.run(given))
  engine.dispose()
  return { value: value as tf.Scalar, gradients }
}

const hostTensors = (tensors: Tensors): HostTensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const { shape, dtype } = tensor
      return [name, { shape, dtype, data: tensor.dataSync() } as HostTensor] // float32 or int32, as of a golden
    }),
  )
