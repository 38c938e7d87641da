/** Adam's update in place: equal to the compiled one, and the same to the bit on any number of threads. */
import t from 'tap'
import * as tf from '../../../lib/engine/tfjs.js'
import { rowNoise } from '../../../lib/model/noise.js'
import { adamFactors, adamInputs, adamStep } from '../../../lib/training/optimizer/adam.js'
import type { AdamMemory } from '../../../lib/training/optimizer/adam-in-place.js'
import { startAdamThreads } from '../../../lib/training/optimizer/adam-threads.js'
import { createFlatBuffer, type FlatBuffer } from '../../../lib/training/optimizer/flat-buffer.js'
import { tensorsOf } from '../../model/golden.js'
import { near } from '../../near.js'

t.before(() => tf.setBackend('cpu'))

const large = 3_000_001 // enough for threads to start, and not a multiple of a piece

/** Parameters at random, moments as after some steps, gradients for all of them. */
function memoryOf(length: number): AdamMemory<FlatBuffer> {
  const buffer = (seed: number, scale: number) => {
    const made = createFlatBuffer({ w: [length] }, 2)
    made.tensors['w']!.data.set(rowNoise(seed, length).map((bits) => bits >> 8) as never) // as float32 takes them
    made.values.forEach((value, i) => (made.values[i] = (value / 2 ** 23) * scale))
    return made
  }
  const v = buffer(3, 1e-3)
  v.values.forEach((value, i) => (v.values[i] = value * value))
  const gradients = buffer(4, 1e-3)
  const memory = { parameters: buffer(1, 1), m: buffer(2, 1e-3), v, gradients }
  return { ...memory, rows: 1, length: gradients.values.length, origin: 0 }
}

t.test('an update is that of the compiled step, gradients scaled first', async (t) => {
  const memory = memoryOf(1000)
  const { parameters, m, v, gradients } = memory
  const scale = 0.25
  const before = tensorsOf({
    w: { ...parameters.tensors['w']! },
    'adam.m.w': m.tensors['w']!,
    'adam.v.w': v.tensors['w']!,
  })
  const gradient = tf.mul(tensorsOf(gradients.tensors)['w']!, scale)
  const { stepSize, rootCorrection } = tensorsOf({ ...adamInputs(3, 0.01) })
  const expected = adamStep(before, { w: gradient }, stepSize as tf.Scalar, rootCorrection as tf.Scalar)
  const wanted = ['w', 'adam.m.w', 'adam.v.w'].map((name) => expected[name]!.dataSync())

  const threads = startAdamThreads(memory, 1)
  const squares = await threads.addUp()
  await threads.apply({ ...adamFactors(3, 0.01), scale })
  threads.dispose()
  for (const [i, { tensors }] of [parameters, m, v].entries()) {
    const found = tensors['w']!.data as Float32Array // as a flat buffer has it
    near(t, found, wanted[i]!, 2e-7, 'equal up to rounding', { relative: true })
  }
  const sum = gradients.values.reduce((total, value) => total + value * value, 0)
  near(t, squares, sum, 1e-12, 'the sum of squares', { relative: true })
})

t.test('any number of threads, or of shards, makes the same update to the bit', async (t) => {
  const alone = memoryOf(large)
  const one = startAdamThreads(alone, 1)
  const squares = await one.addUp()
  await one.apply({ ...adamFactors(1, 0.1), scale: 1 })
  one.dispose()

  const shared = memoryOf(large)
  const three = startAdamThreads(shared, 3)
  t.teardown(() => three.dispose())
  t.equal(await three.addUp(), squares)
  await three.apply({ ...adamFactors(1, 0.1), scale: 1 })

  const parts = memoryOf(large)
  const half = parts.length / 2
  let sum = 0
  for (const origin of [0, half]) {
    const gradients = createFlatBuffer({ one: [half], other: [half] }, 1)
    const share = parts.gradients.values.subarray(origin, origin + half).map((value) => value / 2)
    gradients.values.set(share)
    gradients.values.set(share, half)
    const threads = startAdamThreads({ ...parts, gradients, rows: 2, length: half, origin }, 2)
    sum += await threads.addUp()
    await threads.apply({ ...adamFactors(1, 0.1), scale: 1 })
    threads.dispose()
  }
  near(t, sum, squares, 1e-12, 'the sum of squares', { relative: true })
  for (const { parameters, m, v } of [shared, parts])
    for (const [found, expected] of [
      [parameters, alone.parameters],
      [m, alone.m],
      [v, alone.v],
    ] as const)
      t.ok(Buffer.from(found.shared).equals(Buffer.from(expected.shared)))
})

t.test('a flat buffer holds its tensors one after another, and divides into equal shards', async (t) => {
  const buffer = createFlatBuffer({ a: [3, 2], b: [17], c: [] }, 3, (name) => `of ${name}`)
  t.strictSame(Object.keys(buffer.tensors), ['of a', 'of b', 'of c'])
  t.equal(buffer.values.length % 3, 0)
  buffer.tensors['of b']!.data.fill(1 as never) // float32
  t.equal(
    buffer.values.reduce((sum, value) => sum + value, 0),
    17,
    'tensors do not overlap',
  )
})
