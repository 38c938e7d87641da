import t from 'tap'
import { createEngine } from '../../lib/engine/create.js'
import type { EngineFunction } from '../../lib/engine/engine.js'
import { DataError } from '../../lib/errors.js'
import * as tf from '../../lib/engine/tfjs.js'
import type { HostTensor } from '../../lib/tensor.js'
import { allEngines, noPeer, noWebgpu } from './engines.js'

const float = (shape: number[], data: number[]): HostTensor => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from(data),
})
const values = (tensor: HostTensor | undefined) => Array.from(tensor?.data ?? [], Number)

const engines = await allEngines()
const available = new Map(engines)

for (const [name, engine] of engines) {
  const skip = engine ? false : name === 'webgpu' ? noWebgpu : noPeer
  const scalar = { shape: [], dtype: 'float32' } as const

  await t.test(`${name} keeps state between the runs of several functions`, { skip }, async (t) => {
    const state = engine!.state({
      w: float([2], [1, 2]),
      step: { shape: [], dtype: 'int32', data: Int32Array.of(0) },
    })
    const descend: EngineFunction = ({ rate }, { w, step }) => {
      const { value, grads } = tf.valueAndGrads((w: tf.Tensor) => w.square().sum())([w!])
      return {
        outputs: { loss: value },
        state: { w: w!.sub(grads[0]!.mul(rate!)), step: step!.add(tf.scalar(1, 'int32')) },
      }
    }
    const train = await engine!.compile('train', descend, { inputs: { rate: scalar }, state })
    const read = await engine!.compile('read', (_, { w }) => ({ outputs: { sum: w!.sum() } }), {
      inputs: {},
      state,
    })

    t.strictSame(values((await train.run({ rate: float([], [0.25]) }))['loss']), [5])
    t.strictSame(values((await read.run({}))['sum']), [1.5])
    const into = { loss: float([], [0]) }
    const second = await train.run({ rate: float([], [0.25]) }, into)
    t.equal(second['loss'], into.loss, 'an output goes into the tensor given for it')
    t.strictSame(values(into.loss), [1.25])
    const kept = await state.read()
    t.strictSame([values(kept['w']), values(kept['step'])], [[0.25, 0.5], [2]])

    await state.write({ w: float([2], [3, 4]) })
    t.strictSame(values((await read.run({}))['sum']), [7])
    t.strictSame(values(kept['w']), [0.25, 0.5], 'what was read is a copy')
    const seen = await state.view(['w'])
    t.strictSame([Object.keys(seen), values(seen['w'])], [['w'], [3, 4]])
    seen['w']!.data[0] = 5
    await state.write(seen)
    t.strictSame(values((await read.run({}))['sum']), [9], 'what is changed in a view and written counts')
    for (const compiled of [train, read]) compiled.dispose()
    state.dispose()
    t.strictSame(engine!.memory(), { tensors: 0, sessions: 0 })
  })

  if (!engine) continue // one skip tells of it

  await t.test(`${name} takes constants, and results that are inputs`, async (t) => {
    const fn: EngineFunction = ({ x }, { table }) => ({
      outputs: { same: x!, both: x!.add(table!), large: x!.greater(1), table: table! },
    })
    const compiled = await engine!
      .compile('constants', fn, {
        inputs: { x: { shape: [2], dtype: 'float32' } },
        constants: { table: float([2], [10, 20]) },
      })
      .catch((error: unknown) => error as Error)
    if (compiled instanceof Error) throw compiled
    const out = await compiled.run({ x: float([2], [1, 2]) })
    t.strictSame(
      ['same', 'both', 'large', 'table'].map((key) => values(out[key])),
      [
        [1, 2],
        [11, 22],
        [0, 1],
        [10, 20],
      ],
    )
    t.equal(out['large']?.dtype, 'int32', 'a truth value comes out as 0 or 1')
    compiled.dispose()
  })

  await t.test(`${name} refuses inputs that do not fit`, async (t) => {
    const compiled = await engine!.compile('double', ({ x }) => ({ outputs: { y: x!.mul(2) } }), {
      inputs: { x: { shape: [2], dtype: 'float32' } },
    })
    await t.rejects(compiled.run({}), {
      name: 'DataError',
      message: 'double: no tensor "x", expected float32 [2]',
    })
    await t.rejects(compiled.run({ x: float([3], [1, 2, 3]) }), {
      name: 'DataError',
      message: /"x" is float32 \[3\], expected float32 \[2\]/,
    })
    await t.rejects(compiled.run({ x: float([2], [1]) }), { name: 'DataError', message: /has 1 values/ })
    await t.rejects(compiled.run({ x: float([2], [1, 2]), z: float([], [1]) }), {
      name: 'DataError',
      message: /no input "z"/,
    })
    await t.rejects(compiled.run({ x: float([2], [1, 2]) }, { y: float([1], [0]) }), DataError)
    compiled.dispose()
    t.throws(
      () => engine!.state({ id: { shape: [1], dtype: 'int64', data: BigInt64Array.of(1n) } }),
      DataError,
    )
    const state = engine!.state({ w: float([1], [1]) })
    await t.rejects(state.write({ w: float([2], [1, 2]) }), DataError)
    await t.rejects(state.write({ other: float([1], [1]) }), DataError)
    state.dispose()
  })
}

await t.test('what cannot be had is refused in words', async (t) => {
  const onnx = available.get('onnxruntime')!
  const fft: EngineFunction = ({ x }) => ({ outputs: { y: tf.real(tf.fft(tf.complex(x!, x!))) } })
  const inputs = { x: { shape: [2], dtype: 'float32' } } as const
  await t.rejects(onnx.compile('spectrum', fft, { inputs }), {
    name: 'DataError',
    message: /^spectrum: the kernel Complex has no mapping/,
  })
  const peeking: EngineFunction = ({ x }) => ({ outputs: { y: x!.mul(x!.dataSync()[0]!) } })
  await t.rejects(onnx.compile('peek', peeking, { inputs }), {
    name: 'DataError',
    message: /read while its computation was traced/,
  })
  await t.rejects(
    onnx.compile('other', ({ x }) => ({ outputs: { y: x! } }), {
      inputs,
      state: available.get('cpu')!.state({}),
    }),
    {
      message: /belongs to another engine/,
    },
  )
  const greedy: EngineFunction = ({ x }) => ({
    outputs: { y: tf.cumsum(tf.tile(tf.reshape(x!, [2, 1]), [1, 2 ** 40]), 1).sum() },
  })
  const large = await onnx.compile('greedy', greedy, { inputs })
  await t.rejects(large.run({ x: float([2], [1, 2]) }), {
    name: 'DataError',
    message: /^greedy: memory ran out/,
  })
  large.dispose()
  await t.rejects(createEngine({ engine: 'cpu', device: 'cuda' }), DataError)
  await t.rejects(createEngine({ engine: 'cpu', precision: 'int8' }), DataError)
  for (const device of ['webgpu', 'cuda'] as const)
    await createEngine({ device }).then(
      (engine) => engine.dispose(),
      (error: unknown) =>
        t.match(error, { name: 'DataError', message: new RegExp(`^no ${device} to compute on`) }),
    )
  await t.rejects(createEngine({ engine: 'tensorflow', device: 'webgpu' }), DataError)
  await t.rejects(createEngine({ engine: 'tensorflow', device: 'cuda' }), {
    name: 'DataError',
    message: /tfjs-node-gpu/,
  })
})
