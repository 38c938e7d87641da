/** NumPy files: every type, order and damage. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t from 'tap'
import { parseNpy, readIds } from '../../lib/formats/npy.js'
import { DataError } from '../../lib/errors.js'
import { shared, testReal } from '../shared.js'

function npy(
  descr: string,
  shape: readonly number[],
  data: Uint8Array,
  { version = 1, fortran = false } = {},
) {
  const entries = `'descr': ${descr}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape.join(', ')},), `
  const header = Buffer.from(`{${entries.replace('(,)', '()')}}`.padEnd(117) + '\n')
  const start = Buffer.alloc(version === 1 ? 10 : 12)
  start.write('\x93NUMPY', 'latin1')
  start[6] = version
  if (version === 1) start.writeUInt16LE(header.length, 8)
  else start.writeUInt32LE(header.length, 8)
  return Buffer.concat([start, header, data])
}

/** How NumPy stores numbers of each type. */
const formats = {
  i1: [1, (view: DataView, at: number, value: number) => view.setInt8(at, value)],
  u2: [
    2,
    (view: DataView, at: number, value: number, little: boolean) => view.setUint16(at, value & 0x7f, little),
  ],
  i4: [4, (view: DataView, at: number, value: number, little: boolean) => view.setInt32(at, value, little)],
  i8: [
    8,
    (view: DataView, at: number, value: number, little: boolean) =>
      view.setBigInt64(at, BigInt(value), little),
  ],
  f4: [4, (view: DataView, at: number, value: number, little: boolean) => view.setFloat32(at, value, little)],
  f8: [8, (view: DataView, at: number, value: number, little: boolean) => view.setFloat64(at, value, little)],
} as const

t.test('numbers of every type, order, version and layout are read', async (t) => {
  const types = fc.constantFrom(...(Object.keys(formats) as (keyof typeof formats)[])) // keys() forgets the names
  const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 })
  fc.assert(
    fc.property(
      types,
      shapes,
      fc.boolean(),
      fc.constantFrom(1, 2, 3),
      fc.boolean(),
      (type, shape, little, version, fortran) => {
        const [width, write] = formats[type]
        const count = shape.reduce((product, size) => product * size, 1)
        const data = Buffer.alloc(count * width)
        const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
        const values = Array.from({ length: count }, (_, i) => (i * 37) % 101)
        const position = (i: number) => (fortran ? fortranPosition(i, shape) : i)
        values.forEach((value, i) => write(view, position(i) * width, value, little))
        const descr = `'${width === 1 ? '|' : little ? '<' : '>'}${type}'`
        const array = parseNpy(npy(descr, shape, data, { version, fortran }), 'a.npy')
        t.strictSame(array.shape, shape)
        t.equal(array.dtype, type)
        t.strictSame([...array.values], values)
      },
    ),
  )
})

function fortranPosition(index: number, shape: readonly number[]): number {
  let position = 0
  let stride = shape.reduce((product, size) => product * size, 1)
  for (const size of shape.toReversed()) {
    stride /= size
    position += (index % size) * stride
    index = Math.floor(index / size)
  }
  return position
}

t.test('float16', async (t) => {
  const bits = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x7c00, 0x3555)
  const array = parseNpy(npy("'<f2'", [7], new Uint8Array(bits.buffer)), 'a.npy')
  t.strictSame([...array.values], [1, -2, 65504, 2 ** -24, -0, Infinity, 0.333251953125])
})

t.test('a damaged file is an error, whatever the damage', async (t) => {
  const whole = npy("'<i8'", [3], new Uint8Array(24))
  fc.assert(
    fc.property(fc.nat({ max: whole.length - 1 }), (length) => {
      t.throws(() => parseNpy(whole.subarray(0, length), 'a.npy'), DataError)
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      t.throws(() => parseNpy(bytes, 'a.npy'), DataError)
    }),
  )
})

t.test('ids', async (t) => {
  const folder = t.testdir()
  const write = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  }
  const ids = new Uint8Array(BigInt64Array.of(770337n, 1n).buffer)
  t.strictSame(await readIds(write('ids.npy', npy("'<i8'", [2], ids))), [770337, 1])
  const bad = [
    [npy("'<f8'", [2], ids), /expected int64 ids in one dimension, got f8 of shape \(2\)/],
    [npy("'<i8'", [1, 2], ids), /expected int64 ids in one dimension, got i8 of shape \(1, 2\)/],
    [npy("'|O'", [2], ids), /expected an array of numbers .* got '\|O'/],
    [npy("[('a', '<i8')]", [2], ids), /expected an array of numbers .* got \[/],
    [npy("'<i8'", [3], ids), /expected 24 bytes .* got 16: the file was cut/],
    [npy("'<i8'", [2], ids, { version: 9 }), /version 1, 2 or 3, got 9/],
    [npy("'<i8'", [1], new Uint8Array(BigInt64Array.of(2n ** 60n).buffer)), /beyond 2\^53/],
    [Buffer.from('{"images":[]}'), /expected a \.npy file, got "{\\"images/],
    [Buffer.alloc(0), /expected a \.npy file, got an empty one/],
  ] as const
  for (const [bytes, message] of bad)
    await t.rejects(readIds(write('bad.npy', bytes)), { name: 'DataError', message })
  await t.rejects(readIds(join(folder, 'none.npy')), { message: /cannot read .*none\.npy: ENOENT/ })
})

const test = shared('data', 'coco', 'coco_test_ids.npy')
testReal(t, [test], "the reference's ids", async (t) => {
  const ids = await readIds(test ?? '')
  t.equal(ids.length, 25_000)
  t.strictSame(ids.slice(0, 6), [770337, 771687, 772707, 776154, 781998, 152106])
})
