/** Both losses, their gradients and the optimizer, against numbers of the reference's code. */
import t from 'tap'
import { createEngine } from '../../../lib/engine/create.js'
import { specsOf } from '../../../lib/engine/specs.js'
import * as tf from '../../../lib/engine/tfjs.js'
import type { ModelConfig } from '../../../lib/model/config.js'
import type { Tensors } from '../../../lib/engine/engine.js'
import type { HostTensor, HostTensors } from '../../../lib/tensor.js'
import { adamInputs, moments } from '../../../lib/training/optimizer/adam.js'
import { noam } from '../../../lib/training/optimizer/noam.js'
import { crossEntropyLoss } from '../../../lib/training/objectives/cross-entropy.js'
import { selfCriticalLoss } from '../../../lib/training/objectives/self-critical.js'
import type { Loss } from '../../../lib/training/optimizer/optimizer.js'
import { lossAndGradients, trainStep, trainedNames } from '../../../lib/training/optimizer/step.js'
import { golden, tensorsOf, tiny, tinyConfig } from '../../model/golden.js'
import { near } from '../../near.js'
import { noShared } from '../../shared.js'
import { samplesOf } from './samples.js'

t.before(() => tf.setBackend('cpu'))
const relative = { relative: true }

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
    near(t, value, expected['xe_loss']!, 1e-6, 'the loss', relative)

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
    near(t, value, tf.mul(likelihood.value, scale), 1e-6, 'the loss by the other objective', relative)
    for (const name of matteringNames(config))
      near(t, gradients[name]!, tf.mul(likelihood.gradients[name]!, scale), 1e-5, name, relative)
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
      near(t, value, expected['scst_loss']!, 1e-5, 'the loss')
      for (const name of matteringNames(config))
        near(t, gradients[name]!, expectedGradients[`scst.${name}`]!, 1e-4, name, relative)
      for (const name of trainedNames(config).filter(withoutEffect))
        near(t, gradients[name]!, tf.zerosLike(gradients[name]!), 1e-7, name)
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
      near(t, rate, rates[i]!, 1e-6, `learning rate ${i + 1}`, relative)
      const inputs = { features, captions, ...tensorsOf(adamInputs(i + 1, rate)) }
      const result = step(inputs, state)
      near(t, result.outputs['loss']!, losses[i]!, 1e-5, `loss ${i + 1}`)
      state = { ...state, ...result.state }
    }
    const after = await golden('model-after-10-steps')
    for (const name of matteringNames(config)) near(t, state[name]!, after[name]!, 1e-4, name)
    near(
      t,
      after['decoder.pos_emb.weight']!,
      parameters['decoder.pos_emb.weight']!,
      0,
      'positions are not trained',
    )
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
