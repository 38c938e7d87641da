/** Safetensors, written, read and damaged. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t from 'tap'
import { DataError } from '../../lib/errors.js'
import { readSafetensors, readSafetensorsMetadata, writeSafetensors } from '../../lib/formats/safetensors.js'
import type { HostTensors } from '../../lib/tensor.js'
import { noShared, shared } from '../shared.js'

/** A safetensors file from a header as written and its data. */
function craft(folder: string, header: unknown, data: Uint8Array): string {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  const file = join(folder, 'crafted.safetensors')
  writeFileSync(file, Buffer.concat([length, json, data]))
  return file
}

const bits = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer, byteOffset, byteLength)

const entry = (begin: number, end: number, shape = [(end - begin) / 4], dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
})

t.test('what is written is read back, bit for bit', async (t) => {
  const folder = t.testdir()
  const tensor = fc.oneof(
    fc.float32Array().map((data) => ({ dtype: 'float32' as const, shape: [data.length], data })),
    fc.int32Array().map((data) => ({ dtype: 'int32' as const, shape: [1, data.length], data })),
    fc.bigInt64Array().map((data) => ({ dtype: 'int64' as const, shape: [data.length, 1], data })),
    fc.uint8Array().map((data) => ({ dtype: 'uint8' as const, shape: [data.length], data })),
  )
  const tensors = fc
    .array(fc.tuple(fc.string({ unit: 'binary' }), tensor), { maxLength: 6 })
    .map((entries): HostTensors => Object.fromEntries(entries))
  await fc.assert(
    fc.asyncProperty(tensors, async (tensors) => {
      fc.pre(!('__metadata__' in tensors))
      const file = join(folder, 'round.safetensors')
      await writeSafetensors(file, tensors, { format: 'pt' })
      const back = await readSafetensors(file)
      t.same(Object.keys(back).toSorted(), Object.keys(tensors).toSorted())
      for (const [name, { shape, dtype, data }] of Object.entries(tensors)) {
        const found = back[name]
        t.same([found?.shape, found?.dtype], [shape, dtype])
        t.ok(bits(data).equals(bits(found?.data ?? new Uint8Array(1))), 'the same bits')
      }
      t.same(await readSafetensorsMetadata(file), { format: 'pt' })
    }),
    { numRuns: 50 },
  )
  t.same(readdirSync(folder), ['round.safetensors'], 'no temporary file is left')

  const names = ['__proto__', 'constructor', '10', '2', '']
  const file = join(folder, 'round.safetensors')
  const one = { dtype: 'float32' as const, shape: [1], data: Float32Array.of(1) }
  await writeSafetensors(file, Object.fromEntries(names.map((name) => [name, one])))
  t.same(Object.keys(await readSafetensors(file)).toSorted(), names.toSorted(), 'any name will do')
})

t.test('a golden file of PyTorch', { skip: shared('goldens') ? false : noShared }, async (t) => {
  const golden = shared('goldens/model/tiny/model.safetensors') ?? ''
  const tensors = await readSafetensors(golden)
  t.equal(Object.keys(tensors).length, 165)
  t.same(tensors['encoder.fc.weight']?.shape, [32, 48])
  t.same(tensors['decoder.running_mask_self_attention'], {
    shape: [1, 1, 0],
    dtype: 'uint8',
    data: new Uint8Array(0),
  })
  t.equal(tensors['decoder.running_seq']?.dtype, 'int64')
  const raw = readFileSync(golden)
  const start = 8 + Number(raw.readBigUInt64LE(0))
  t.equal(tensors['decoder.fc.weight']?.data[1], raw.readFloatLE(start + 8 + 4))
})

t.test('narrow and wide floats become float32', async (t) => {
  const half = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0xfc00, 0x8000, 0x3555)
  const expected = [1, -2, 2 ** -24, 65504, Infinity, -Infinity, -0, 0.333251953125]
  const bfloat = Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x3eab)
  const double = Float64Array.of(1 / 3, 1e-50)
  const file = craft(
    t.testdir(),
    {
      half: entry(0, 16, [2, 4], 'F16'),
      bfloat: entry(16, 24, [4], 'BF16'),
      double: entry(24, 40, [2], 'F64'),
    },
    Buffer.concat([half, bfloat, double].map((array) => Buffer.from(array.buffer))),
  )
  const tensors = await readSafetensors(file)
  t.same(tensors['half'], { shape: [2, 4], dtype: 'float32', data: Float32Array.from(expected) })
  t.same(tensors['bfloat']?.data, Float32Array.of(1, -2, Infinity, 0.333984375))
  t.same(tensors['double']?.data, Float32Array.of(Math.fround(1 / 3), 0))
})

t.test('bad files', async (t) => {
  const data = new Uint8Array(16)
  const bad: [string, unknown, RegExp][] = [
    ['overlap', { a: entry(0, 8), b: entry(4, 16) }, /tensor b begins at byte 4 and overlaps tensor a/],
    [
      'an array under two names',
      { a: entry(0, 16), b: entry(0, 16) },
      /tensor b begins at byte 0 and overlaps/,
    ],
    [
      'out of range',
      { a: entry(0, 8), b: entry(8, 20) },
      /tensor b ends at byte 20, out of the range of the 16/,
    ],
    ['hole', { a: entry(0, 4), b: entry(8, 16) }, /a hole of 4 bytes between tensor a and tensor b/],
    ['hole at the end', { a: entry(0, 8) }, /a hole of 8 bytes after tensor a/],
    ['shape', { a: entry(0, 16, [5]) }, /F32 of shape \[5\] takes 20 bytes; its offsets 0 to 16 hold 16/],
    ['huge shape', { a: entry(0, 16, [2 ** 40, 2 ** 40]) }, /takes 4\.8\d+e\+24 bytes/],
    ['backwards', { a: entry(16, 0, [0]) }, /offsets 16 to 0/],
    ['negative', { a: { dtype: 'F32', shape: [-4], data_offsets: [0, 16] } }, /expected \{"dtype"/],
    ['type', { a: entry(0, 16, [16], 'F8_E4M3') }, /expected one of F32, .*got F8_E4M3/],
    ['inherited type', { a: entry(0, 16, [16], 'toString') }, /got toString/],
    ['no JSON', '{"a": ', /header is not the expected JSON/],
    ['no object', '[1]', /it is no object/],
    ['metadata', { __metadata__: { a: 1 } }, /__metadata__ is expected/],
  ]
  for (const [name, header, message] of bad) {
    const error = await t.rejects(readSafetensors(craft(t.testdir(), header, data)), { message }, name)
    t.type(error, DataError)
  }
  const file = craft(t.testdir(), { a: entry(0, 16) }, data)
  const whole = readFileSync(file)
  for (const length of [0, 7, 8, 20, whole.length - 1]) {
    writeFileSync(file, whole.subarray(0, length))
    await t.rejects(readSafetensors(file), DataError, `cut to ${length} bytes`)
  }
})

t.test('a write that fails leaves the old file', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'kept.safetensors')
  const one = { shape: [1], dtype: 'float32' as const, data: Float32Array.of(1) }
  await writeSafetensors(file, { one })
  await t.rejects(writeSafetensors(file, { one: { ...one, shape: [2] } }), /has 1 elements/)
  t.same((await readSafetensors(file))['one']?.data, one.data)
  t.same(readdirSync(folder), ['kept.safetensors'])
})
