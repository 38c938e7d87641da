/** PyTorch files of both formats. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import t from 'tap'
import { Instance } from '../../../lib/formats/pickle/python.js'
import { readSafetensors } from '../../../lib/formats/safetensors.js'
import { readStateDict, withTorchFile } from '../../../lib/formats/torch/file.js'
import { TorchTensor } from '../../../lib/formats/torch/tensors.js'
import { DataError } from '../../../lib/errors.js'
import { noShared, shared } from '../../shared.js'
import { zipOf } from '../zip.js'

const fixture = (name: string) => join('test/formats/fixtures', name)
const formats = ['zip', 'legacy']

t.test(
  'the golden model equals its safetensors, bit for bit',
  { skip: shared('goldens') ? false : noShared },
  async (t) => {
    const golden = await readSafetensors(shared('goldens/model/tiny/model.safetensors') ?? '')
    for (const format of formats) {
      const state = await readStateDict(shared(`goldens/model/tiny/model-${format}.pth`) ?? '')
      t.same(Object.keys(state).toSorted(), Object.keys(golden).toSorted())
      for (const [name, { shape, dtype, data }] of Object.entries(golden)) {
        const found = state[name]
        if (found?.dtype !== dtype || found.shape.join() !== shape.join()) t.fail(`${format}: ${name}`)
        else if (!Buffer.from(data.buffer).equals(Buffer.from(found.data.buffer)))
          t.fail(`${format}: bits of ${name}`)
      }
    }
  },
)

for (const format of formats)
  t.test(`tensors of every kind, ${format}`, async (t) => {
    const state = await readStateDict(fixture(`torch-${format}.pth`))
    const values = (name: string) => [...(state[name]?.data ?? [])]
    const range = Array.from({ length: 24 }, (_, i) => i)
    t.same(values('base'), range)
    t.same(values('row'), [6, 7, 8, 9, 10, 11], 'a view of a shared storage')
    t.same(values('column'), [2, 8, 14, 20], 'a strided view')
    t.same(state['transposed']?.shape, [6, 4])
    t.same(
      values('transposed'),
      range.map((i) => (i % 4) * 6 + Math.floor(i / 4)),
    )
    t.same(values('block'), [8, 9, 10, 14, 15, 16])
    t.same(state['scalar'], { shape: [], dtype: 'float32', data: Float32Array.of(2.5) })
    t.same(state['empty'], { shape: [0, 3], dtype: 'float32', data: new Float32Array(0) })
    t.same(values('expanded'), [7, 7, 7, 7, 7, 7])
    t.same(state['half']?.data, Float32Array.of(1, -2, 65504))
    t.same(state['bfloat']?.data, Float32Array.of(1, -2))
    t.same(state['double']?.data, Float32Array.of(0.1))
    t.same(state['long']?.data, BigInt64Array.of(2n ** 40n, -1n))
    for (const [name, value] of [
      ['int', -5],
      ['short', -300],
      ['char', -3],
    ] as const)
      t.same(state[name]?.data, Int32Array.of(value))
    t.same(state['byte']?.data, Uint8Array.of(200))
    t.same(state['bool']?.data, Uint8Array.of(1, 0))
    t.same(values('parameter'), [3])
  })

for (const format of formats)
  t.test(`a whole checkpoint with its optimizer, ${format}`, async (t) => {
    await withTorchFile(fixture(`torch-${format}.pth`), async (checkpoint, load) => {
      if (!(checkpoint instanceof Map)) throw new Error('expected a dict')
      t.match(
        ['epoch', 'val_cider', 'use_rl', 'size'].map((name) => checkpoint.get(name)),
        [3, 1.25, false, [4, 6]],
      )
      const [algorithm, random] = checkpoint.get('numpy_rng_state')
      t.equal(algorithm, 'MT19937')
      t.type(random, Instance)
      const optimizer = checkpoint.get('optimizer')
      t.same(optimizer.get('param_groups')[0].get('betas'), [0.9, 0.98])
      const moments = optimizer.get('state').get(0)
      t.type(moments.get('exp_avg'), TorchTensor)
      const first = await load(moments.get('exp_avg'))
      t.same(first.shape, [2, 3])
      t.same(first.data, Float32Array.of(0.1, 0.2, 0.30000001192092896, 0.1, 0.2, 0.30000001192092896))
      const second = await load(moments.get('exp_avg_sq'))
      t.equal(second.data[0], 0.019999999552965164)
    })
  })

/** A file of these bytes in a folder of its own. */
function temporary(bytes: Uint8Array): string {
  const file = join(mkdtempSync(join(tmpdir(), 'm2-torch-')), 'bad.pth')
  writeFileSync(file, bytes)
  return file
}

t.test('truncated files', async (t) => {
  for (const format of formats) {
    const whole = readFileSync(fixture(`torch-${format}.pth`))
    for (let length = 0; length < whole.length; length += 311) {
      const error: unknown = await readStateDict(temporary(whole.subarray(0, length))).catch(
        (e: unknown) => e,
      )
      t.ok(error instanceof DataError, `${format} cut to ${length} bytes`)
      t.match(error, { message: /truncated/ })
    }
  }
})

t.test('hostile files', async (t) => {
  const attack = Buffer.from("cposix\nsystem\n(S'touch m2-pickle-was-executed'\ntR.")
  const refused = async (bytes: Uint8Array, message: RegExp) => {
    const error = await t.rejects(readStateDict(temporary(bytes)), { message })
    t.type(error, DataError)
  }
  await refused(zipOf([{ name: 'm/data.pkl', data: attack }]), /posix\.system, which is refused/)
  await refused(attack, /posix\.system, which is refused/)

  const zeros = Buffer.alloc(1e6)
  const bomb = { name: 'm/data/0', data: deflateRawSync(zeros), method: 8, size: zeros.length }
  await refused(zipOf([bomb]), /m\/data\/0 is compressed \(\d+ bytes to 1000000\)/)
  const overlapping = Array.from({ length: 50 }, (_, i) => ({
    name: `m/data/${i}`,
    data: zeros.subarray(0, 9000),
    at: 0,
  }))
  await refused(zipOf(overlapping), /unpack to more than the archive of \d+ bytes holds/)
  await refused(zipOf([{ name: 'm/readme', data: attack }]), /a zip archive without data\.pkl/)
  await refused(
    zipOf([
      { name: 'm/data.pkl', data: attack },
      { name: 'm/byteorder', data: Buffer.from('big') },
    ]),
    /big-endian/,
  )
  await refused(
    zipOf([{ name: 'm/data.pkl', data: Buffer.from('}.') }]),
    /expected a state_dict.*found a dict/,
  )

  // one float32 seen as a tensor of 4 TB, and one that reaches past its storage
  const tensor = (shape: string, strides: string) =>
    Buffer.from(
      "}S'w'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nK\x01tQK\0" +
        `${shape}${strides}I00\n}tRs.`,
      'latin1',
    )
  const storage = { name: 'm/data/0', data: Buffer.alloc(4) }
  await refused(
    zipOf([{ name: 'm/data.pkl', data: tensor('(I1000000\nI1000000\nt', '(K\0K\0t') }, storage]),
    /is refused: the storage has only 1/,
  )
  await refused(
    zipOf([{ name: 'm/data.pkl', data: tensor('(K\x02t', '(K\x01t') }, storage]),
    /leaves the storage of 1 elements/,
  )
  await refused(
    zipOf([{ name: 'm/data.pkl', data: tensor('(K\x01t', '(K\x01t') }]),
    /expected 4 bytes of storage 0, found none/,
  )
  t.throws(() => readFileSync('m2-pickle-was-executed'))
})
