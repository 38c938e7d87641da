import t from 'tap'
import * as tf from '../../../lib/engine/tfjs.js'
import { rowNoise } from '../../../lib/model/noise.js'
import { adamFactors, adamInputs, adamStep } from '../../../lib/training/optimizer/adam.js'
import type { AdamMemory } from '../../../lib/training/optimizer/adam-in-place.js'
import { createCrew } from '../../../lib/training/optimizer/adam-threads.js'
import { createBlock, type Block } from '../../../lib/training/optimizer/flat-buffer.js'
import { tensorsOf } from '../../model/golden.js'

t.before(() => tf.setBackend('cpu'))

const large = 3_000_001 // enough for threads to be made, and no whole number of pieces

/** Parameters at random, moments as after some steps, gradients for all of them. */
function memoryOf(length: number): AdamMemory<Block> {
  const block = (seed: number, scale: number) => {
    const made = createBlock({ w: [length] }, 2)
    made.tensors['w']!.data.set(rowNoise(seed, length).map((bits) => bits >> 8) as never) // as float32 takes them
    made.values.forEach((value, i) => (made.values[i] = (value / 2 ** 23) * scale))
    return made
  }
  const v = block(3, 1e-3)
  v.values.forEach((value, i) => (v.values[i] = value * value))
  const gradients = block(4, 1e-3)
  const memory = { parameters: block(1, 1), m: block(2, 1e-3), v, gradients }
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

  const crew = createCrew(memory, 1)
  const squares = await crew.addUp()
  await crew.update({ ...adamFactors(3, 0.01), scale })
  crew.dispose()
  for (const [i, { tensors }] of [parameters, m, v].entries()) {
    const found = tensors['w']!.data
    const most = Math.max(...wanted[i]!.map(Math.abs))
    t.ok(
      found.every((value, j) => Math.abs(Number(value) - wanted[i]![j]!) < 2e-7 * most),
      'to rounding',
    )
  }
  const sum = gradients.values.reduce((total, value) => total + value * value, 0)
  t.ok(Math.abs(squares / sum - 1) < 1e-12)
})

t.test('any number of threads, or of shares, makes the same update to the bit', async (t) => {
  const alone = memoryOf(large)
  const one = createCrew(alone, 1)
  const squares = await one.addUp()
  await one.update({ ...adamFactors(1, 0.1), scale: 1 })
  one.dispose()

  const shared = memoryOf(large)
  const three = createCrew(shared, 3)
  t.teardown(() => three.dispose())
  t.equal(await three.addUp(), squares)
  await three.update({ ...adamFactors(1, 0.1), scale: 1 })

  const parts = memoryOf(large)
  const half = parts.length / 2
  let sum = 0
  for (const origin of [0, half]) {
    const gradients = createBlock({ one: [half], other: [half] }, 1)
    const share = parts.gradients.values.subarray(origin, origin + half).map((value) => value / 2)
    gradients.values.set(share)
    gradients.values.set(share, half)
    const crew = createCrew({ ...parts, gradients, rows: 2, length: half, origin }, 2)
    sum += await crew.addUp()
    await crew.update({ ...adamFactors(1, 0.1), scale: 1 })
    crew.dispose()
  }
  t.ok(Math.abs(sum / squares - 1) < 1e-12)
  for (const { parameters, m, v } of [shared, parts])
    for (const [found, expected] of [
      [parameters, alone.parameters],
      [m, alone.m],
      [v, alone.v],
    ] as const)
      t.ok(Buffer.from(found.shared).equals(Buffer.from(expected.shared)))
})

t.test('a block holds its tensors one after another, and divides into equal shares', async (t) => {
  const block = createBlock({ a: [3, 2], b: [17], c: [] }, 3, (name) => `of ${name}`)
  t.strictSame(Object.keys(block.tensors), ['of a', 'of b', 'of c'])
  t.equal(block.values.length % 3, 0)
  block.tensors['of b']!.data.fill(1 as never) // float32
  t.equal(
    block.values.reduce((sum, value) => sum + value, 0),
    17,
    'what is written to one is of no other',
  )
})
