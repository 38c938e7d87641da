import t from 'tap'
import { createEngine } from '../../../lib/engine/create.js'
import type { EngineFunction } from '../../../lib/engine/engine.js'
import { quantizeProducts } from '../../../lib/engine/onnx/quantize.js'
import { trace } from '../../../lib/engine/onnx/trace.js'
import * as tf from '../../../lib/engine/tfjs.js'
import { hash } from '../../../lib/random.js'
import { sizeOf, type HostTensors } from '../../../lib/tensor.js'
import { near } from '../../near.js'

const [n, width, out] = [5, 64, 96]

/** Numbers from -1 to 1. */
function noise(shape: number[], seed: number) {
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => hash(seed, i) / 2 ** 31)
  return { shape, dtype: 'float32' as const, data }
}

const constants: HostTensors = {
  weight: noise([out, width], 3),
  bias: noise([out], 5),
  square: noise([out, out], 7),
  small: noise([2, out], 9),
}
/** Two products that share an input, one of the result, and one too small to gain. */
const layers: EngineFunction = ({ x }, { weight, bias, square, small }) => {
  const a = tf.fused.matMul({ a: x as tf.Tensor2D, b: weight!, transposeB: true, bias: bias! })
  const b = tf.matMul(tf.relu(a), square!)
  return { outputs: { y: b, scores: tf.matMul(b, small!, false, true), x2: tf.mul(x!, 2) } }
}
const inputs = { x: { shape: [n, width], dtype: 'float32' as const } }

t.test('products with constants are quantized, the others are not', async (t) => {
  const recorded = trace('layers', layers, { inputs, constants })
  const { graph } = quantizeProducts(recorded)
  const count = (op: string) => graph.nodes.filter((node) => node.op === op).length
  t.equal(count('MatMulInteger'), 2)
  t.equal(count('DynamicQuantizeLinear'), 2)
  t.equal(count('Gemm'), 1, 'the small one')
})

t.test('close to float32, and the same on every run', async (t) => {
  const run = async (precision: 'float32' | 'int8') => {
    const engine = await createEngine({ precision, threads: 1 })
    const compiled = await engine.compile('layers', layers, { inputs, constants })
    const first = await compiled.run({ x: noise([n, width], 11) })
    t.same(await compiled.run({ x: noise([n, width], 11) }), first)
    engine.dispose()
    return first
  }
  const exact = await run('float32')
  const rough = await run('int8')
  t.same(rough['x2'], exact['x2'], 'what is no product is untouched')
  for (const name of ['y', 'scores']) {
    const expected = exact[name]!.data as Float32Array // what the function returns
    const found = rough[name]!.data as Float32Array
    const norm = (values: Float32Array) => Math.hypot(...values)
    const distance = norm(found.map((value, i) => value - expected[i]!)) / norm(expected)
    near(t, distance, 0.015, 0.0149, `${name}: relative distance`)
  }
})

t.test('only onnxruntime quantizes', async (t) => {
  await t.rejects(createEngine({ engine: 'cpu', precision: 'int8' }), {
    name: 'DataError',
    message: /engine cpu computes in float32, not in int8/,
  })
})
