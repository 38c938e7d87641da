import t from 'tap'
import * as tf from '../../lib/engine/tfjs.js'
import { columnNoise, rowNoise } from '../../lib/model/noise.js'
import { adam, dropout, labelLogProb, layerNorm } from '../../lib/model/ops.js'
import { near } from '../near.js'

t.before(() => tf.setBackend('cpu'))

const uniform = (shape: number[], seed: number) => tf.randomUniform(shape, -1, 1, 'float32', seed)
const distance = (a: tf.Tensor, b: tf.Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!

t.test('layerNorm and its gradients are those of its definition', async (t) => {
  const definition = (x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor) => {
    const { mean, variance } = tf.moments(x, -1, true)
    return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5))), gain), bias)
  }
  const inputs = [uniform([3, 4, 6], 1), uniform([6], 2), uniform([6], 3)]
  const weights = uniform([3, 4, 6], 4)
  const run = (f: (x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor) => tf.Tensor) =>
    tf.valueAndGrads((x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor) =>
      tf.sum(tf.mul(f(x, gain, bias), weights)),
    )(inputs)
  const expected = run(definition)
  const found = run(layerNorm)
  near(t, found.value, expected.value, 1e-5)
  for (const i of [0, 1, 2]) near(t, found.grads[i]!, expected.grads[i]!, 1e-5, `gradient ${i}`)
})

t.test('dropout', async (t) => {
  const rate = 0.1
  const noise = tf.tensor1d(rowNoise(7, 300), 'int32')
  const x = tf.ones<tf.Rank.R2>([300, 64])
  const y = dropout(x, rate, 'a', noise)

  t.test('is a pure function of noise, key and column', async (t) => {
    near(t, y, dropout(x, rate, 'a', noise), 0)
    t.not(distance(y, dropout(x, rate, 'b', noise)), 0)
    const swapped = tf.reverse(dropout(x, rate, 'a', tf.reverse(noise, 0)), 0)
    near(t, y, swapped, 0, 'a row keeps its mask wherever it stands')
  })

  t.test('drops what 32-bit integer arithmetic says', async (t) => {
    const rows = noise.dataSync()
    const columns = columnNoise('a', 64)
    const expected = Array.from(rows, (row) =>
      Array.from(columns, (column) =>
        Math.imul(row, column) < 0.1 * 2 ** 32 - 2 ** 31 ? 0 : Math.fround(1 / 0.9),
      ),
    )
    near(t, y, tf.tensor2d(expected), 0)
  })

  t.test('drops its share, without correlation between columns, rows or keys', async (t) => {
    const n = 2000
    const noise = tf.tensor1d(rowNoise(3, n), 'int32')
    const big = tf.ones<tf.Rank.R2>([n, 64])
    const centred = (key: string) =>
      tf.sub(tf.cast(tf.equal(dropout(big, rate, key, noise), 0), 'float32'), rate)
    const [a, b] = [centred('a'), centred('b')]
    near(t, tf.mean(a), 0, 0.004, 'mean over 128,000 elements, sigma 0.0008')
    const share = (x: tf.Tensor, count: number) => tf.div(x, count * rate * (1 - rate))
    const columns = tf.sub(share(tf.matMul(a, a, true), n), tf.eye(64)) // (64, 64)
    near(t, columns, tf.zerosLike(columns), 0.15, 'columns: sigma 0.022')
    const keys = share(tf.matMul(a, b, true), n) // (64, 64)
    near(t, keys, tf.zerosLike(keys), 0.15, 'keys')
  })

  t.test('its gradient is its mask', async (t) => {
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(dropout(x as tf.Tensor2D, rate, 'a', noise)))(x)
    near(t, gradient, y, 0)
  })

  t.test('without noise or at rate 0 does nothing', async (t) => {
    t.equal(dropout(x, rate, 'a'), x)
    t.equal(dropout(x, 0, 'a', noise), x)
  })
})

t.test('labelLogProb and its gradient are those of log-softmax', async (t) => {
  const logits = uniform([5, 7], 5) as tf.Tensor2D
  const labels = tf.tensor1d([0, 6, 3, 3, 1], 'int32')
  const weights = uniform([5], 6)
  for (const smoothing of [0, 0.1]) {
    const definition = (logits: tf.Tensor) => {
      const logProbs = tf.logSoftmax(logits)
      const atLabel = tf.sum(tf.mul(logProbs, tf.oneHot(labels, 7)), 1)
      return tf.add(tf.mul(atLabel, 1 - smoothing), tf.mul(tf.mean(logProbs, 1), smoothing))
    }
    const run = (f: (x: tf.Tensor) => tf.Tensor) =>
      tf.valueAndGrad((x: tf.Tensor) => tf.sum(tf.mul(f(x), weights)))(logits)
    const expected = run(definition)
    const found = run((logits) => labelLogProb(logits as tf.Tensor2D, labels, smoothing))
    near(t, found.value, expected.value, 1e-5)
    near(t, found.grad, expected.grad, 1e-6)
  }
})

t.test('adam moves a parameter by the rate at its first step', async (t) => {
  const zero = tf.zeros([3])
  const options = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8 }
  const gradient = tf.tensor1d([0.5, -2, 1e-3])
  const stepSize = tf.scalar(0.01 / (1 - 0.9))
  const rootCorrection = tf.scalar(Math.sqrt(1 - 0.98))
  const { parameter, m, v } = adam(
    { parameter: zero, m: zero, v: zero },
    gradient,
    { stepSize, rootCorrection },
    options,
  )
  near(t, parameter, tf.tensor1d([-0.01, 0.01, -0.01]), 1e-6)
  near(t, m, tf.mul(gradient, 0.1), 1e-7)
  near(t, v, tf.mul(tf.square(gradient), 0.02), 1e-7)
})

t.test('no operation leaks a tensor', async (t) => {
  const before = tf.memory().numTensors
  tf.tidy(() => {
    const x = uniform([4, 6], 1) as tf.Tensor2D
    const f = (x: tf.Tensor) => {
      const dropped = dropout(x as tf.Tensor2D, 0.5, 'a', tf.tensor1d(rowNoise(1, 4), 'int32'))
      return tf.sum(
        labelLogProb(layerNorm(dropped, tf.ones([6]), tf.zeros([6])), tf.tensor1d([0, 1, 2, 3], 'int32')),
      )
    }
    return tf.valueAndGrad(f)(x).grad
  }).dispose()
  t.equal(tf.memory().numTensors, before)
})
