import t from 'tap'
import type { EngineFunction } from '../../../lib/engine/engine.js'
import { toModel } from '../../../lib/engine/onnx/serialize.js'
import { trace } from '../../../lib/engine/onnx/trace.js'
import * as tf from '../../../lib/engine/tfjs.js'

const matrix = { shape: [4, 4], dtype: 'float32' } as const
const x = matrix

/** The operators that a function's result is made of, and what the model wants to be fed. */
function operators(
  fn: EngineFunction,
  signature: Parameters<typeof trace>[2] = { inputs: { x, y: matrix } },
) {
  const model = toModel('test', trace('test', fn, signature))
  return { names: model.nodes.map(({ op }) => op), feeds: [...model.feeds] }
}

t.test('what is computed twice is recorded once', async (t) => {
  const fn: EngineFunction = ({ x, y }) => ({
    outputs: { z: tf.add(tf.exp(tf.mul(x!, y!)), tf.exp(tf.mul(x!, y!))) },
  })
  t.strictSame(operators(fn).names, ['Mul', 'Exp', 'Add'])
})

t.test('what no result depends on is left out, inputs included', async (t) => {
  const fn: EngineFunction = ({ x, y }) => {
    tf.exp(y!)
    return { outputs: { z: tf.exp(x!) } }
  }
  t.strictSame(operators(fn), { names: ['Exp'], feeds: ['x'] })
})

t.test('products take up transposes and biases', async (t) => {
  const products: EngineFunction[] = [
    ({ x, y }) => ({ outputs: { z: tf.matMul(tf.transpose(x!), tf.transpose(y!)) } }),
    ({ x, y }) => ({
      outputs: { z: tf.fused.matMul({ a: x!, b: y!, transposeB: true, bias: tf.range(0, 4) }) },
    }),
  ]
  for (const fn of products) t.strictSame(operators(fn).names, ['Gemm'])
})

t.test('views of views, and numbers that change nothing, cost nothing', async (t) => {
  const fn: EngineFunction = ({ x }) => {
    const moved = tf.transpose(tf.transpose(tf.reshape(tf.reshape(x!, [16]), [4, 4])))
    return { outputs: { z: tf.exp(tf.mul(tf.add(moved, tf.zeros([4, 4])), tf.onesLike(moved))) } }
  }
  t.strictSame(operators(fn).names, ['Exp'])
})

t.test('broadcasts are left to the operators that broadcast', async (t) => {
  const fn: EngineFunction = ({ x, row }) => ({ outputs: { z: tf.add(x!, tf.tile(row!, [4, 1])) } })
  const signature = { inputs: { x, row: { shape: [1, 4], dtype: 'float32' } } } as const
  t.strictSame(operators(fn, signature).names, ['Add'])
})

t.test('outputs and updates are named without copies; what only passes through is copied', async (t) => {
  const fn: EngineFunction = ({ x }, { w, kept }) => ({
    outputs: { z: tf.exp(x!), same: x! },
    state: { w: tf.add(w!, x!), kept: kept! },
  })
  const traced = trace('test', fn, { inputs: { x }, state: { w: matrix, kept: matrix } })
  t.strictSame(Object.keys(traced.updates), ['w'], 'an entry that stays is no update')
  const model = toModel('test', traced)
  t.strictSame(
    model.nodes.map(({ op }) => op),
    ['Exp', 'Add'],
  )
  t.strictSame([...model.feeds], ['x', 'state/w'])
  const text = Buffer.from(model.bytes).toString('latin1')
  t.equal(text.match(/Identity_/g)?.length, 1)
})

t.test('a name for both an input and an output is refused', async (t) => {
  t.throws(() => operators(({ x }) => ({ outputs: { x: tf.exp(x!) } })), { name: 'DataError' })
})

t.test('a trace leaves the backend that was set, also when it fails', async (t) => {
  await tf.setBackend('cpu')
  t.throws(() =>
    operators(() => {
      throw new RangeError('of its own')
    }),
  )
  t.equal(tf.getBackend(), 'cpu')
  operators(({ x }) => ({ outputs: { z: tf.exp(x!) } }))
  t.equal(tf.getBackend(), 'cpu')
  t.equal(tf.add(1, 2).dataSync()[0], 3)
})
