/** State that stays on a WebGPU device: values, traffic, and what happens to it when it is disposed of. */
import t from 'tap'
import * as tf from '../../../lib/engine/tfjs.js'
import { float32, int32, scalar, float32Spec } from '../../../lib/tensor.js'
import { noWebgpu, webgpuEngine } from '../engines.js'

const engine = await webgpuEngine()

t.test('state on the device', { skip: engine ? false : noWebgpu }, async (t) => {
  const size = 10_000
  const weights = Float32Array.from({ length: size }, (_, i) => i)
  const state = engine!.state({
    w: float32(weights, 100, 100),
    steps: int32(Int32Array.of(0)),
    fixed: scalar(2),
  })
  weights.fill(-1) // the state is a copy
  const step = await engine!.compile(
    'step',
    ({ rate }, { w, steps, fixed }) => ({
      outputs: { total: w!.sum() },
      state: { w: w!.add(rate!.mul(fixed!)), steps: tf.add(steps!, tf.scalar(1, 'int32')) },
    }),
    { inputs: { rate: float32Spec() }, state },
  )
  await step.run({ rate: scalar(1) })
  const before = engine!.transferred()
  for (let i = 0; i < 9; i++) await step.run({ rate: scalar(1) })
  t.equal(
    engine!.transferred() - before,
    9 * 8,
    'bytes of nine steps: a rate in, a total out, four bytes each',
  )

  const { w, steps, fixed } = await state.read()
  t.equal(w!.data[0], 20, 'ten steps of 1 times 2')
  t.equal(w!.data[size - 1], size - 1 + 20)
  t.equal(steps!.data[0], 10, 'integers as well')
  t.equal(fixed!.data[0], 2, 'what a step does not replace stays')

  await state.write({ steps: int32(Int32Array.of(100)) })
  await step.run({ rate: scalar(0) })
  t.equal((await state.read(['steps']))['steps']!.data[0], 101, 'a run goes on with what was written')
  await t.rejects(state.write({ w: float32(new Float32Array(3), 3) }), { name: 'DataError' })
  t.equal((await state.read(['w']))['w']!.data[0], 20, 'a write that was refused changes nothing')

  await Promise.all([
    step.run({ rate: scalar(1) }),
    state.read(),
    step.run({ rate: scalar(1) }),
    state.read(['w']),
  ])
  t.equal((await state.read(['w']))['w']!.data[0], 24, 'runs and reads at once take turns')
  step.dispose()
  state.dispose()
  await t.rejects(state.read(), { name: 'DataError', message: /has no entry/ }, 'after it was disposed')
  engine!.dispose()
  t.strictSame(engine!.memory(), { tensors: 0, sessions: 0 })
})
