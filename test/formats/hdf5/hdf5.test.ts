/** HDF5 files of features, read by index and by libhdf5. */
import assert from 'node:assert/strict'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import * as h5wasm from 'h5wasm/node'
import { createHash } from 'node:crypto'
import t from 'tap'
import { cacheFiles } from '../../../lib/formats/hdf5/cache.js'
import { createFeatureFile } from '../../../lib/formats/hdf5/writer.js'
import { openFeatures } from '../../../lib/features/file.js'
import { DataError } from '../../../lib/errors.js'
import { h5py, noH5py } from '../../h5py.js'
import { shared, testReal } from '../../shared.js'

await h5wasm.ready
const folder = mkdtempSync(join(tmpdir(), 'm2-hdf5-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const path = (name: string) => join(folder, name)

const values = (count: number, seed = 0) =>
  Float32Array.from({ length: count }, (_, i) => Math.fround(Math.sin(i + seed)))

async function write(name: string, datasets: Record<string, [Float32Array, number[]]>): Promise<string> {
  const writer = await createFeatureFile(path(name))
  for (const [dataset, [data, shape]] of Object.entries(datasets)) await writer.add(dataset, data, shape)
  await writer.close()
  return path(name)
}

/** Reads one dataset whole, and then all but its last region. */
async function readAll(file: string, dataset: string): Promise<number[]> {
  const opened = await openFeatures(file)
  try {
    const [regions = 0, width = 1] = opened.shape(dataset)
    const out = new Float32Array(regions * width + 3).fill(7)
    assert.equal(await opened.read(dataset, out), regions)
    assert.deepEqual([...out.subarray(regions * width)], [7, 7, 7], 'what lies behind is left alone')
    if (regions > 1) {
      const fewer = new Float32Array((regions - 1) * width)
      assert.equal(await opened.read(dataset, fewer, regions - 1), regions - 1)
      assert.deepEqual(fewer, out.subarray(0, fewer.length))
    }
    return [...out.subarray(0, regions * width)]
  } finally {
    opened.close()
  }
}

t.test('what is written is read', async (t) => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9é_]{1,12}$/u), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(
      names,
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 1, max: 9 }),
      async (names, n, width) => {
        const file = await write(
          'any.hdf5',
          Object.fromEntries(names.map((name, i) => [name, [values(n * width, i), [n, width]]])),
        )
        const opened = await openFeatures(file)
        t.strictSame([...opened.datasets()].sort(), names.sort())
        opened.close()
        const [name] = names
        if (name !== undefined) t.equal((await readAll(file, name)).length, n * width)
      },
    ),
    { numRuns: 30 },
  )
})

t.test('h5wasm files: floats of each width, compressed and not', async (t) => {
  const file = path('kinds.hdf5')
  const made = new h5wasm.File(file, 'w')
  const data = values(12)
  made.create_dataset({ name: 'plain', data, shape: [4, 3] })
  made.create_dataset({ name: 'double', data: Float64Array.from(data), shape: [4, 3] })
  made.create_dataset({ name: 'int', data: Int32Array.from({ length: 12 }, (_, i) => i - 5), shape: [4, 3] })
  made.create_dataset({ name: 'gzip', data, shape: [4, 3], chunks: [2, 3], compression: 'gzip' })
  made.create_dataset({ name: 'flat', data, shape: [12] })
  made.create_dataset({ name: 'cube', data, shape: [2, 2, 3] })
  made.create_group('group')
  made.close()
  for (const name of ['plain', 'double', 'gzip', 'flat'])
    t.strictSame(await readAll(file, name), [...data], name)
  t.strictSame((await readAll(file, 'int')).slice(0, 3), [-5, -4, -3])
  const opened = await openFeatures(file)
  t.strictSame(opened.shape('flat'), [12])
  t.strictSame(opened.shape('gzip'), [4, 3])
  t.notOk(opened.has('group'))
  const out = new Float32Array(20)
  await t.rejects(opened.read('cube', out), {
    message: /cube: expected shape \(regions, width\), got \(2, 2, 3\)/,
  })
  await t.rejects(opened.read('none', out), {
    name: 'DataError',
    message: /no dataset none in .*kinds\.hdf5/,
  })
  await t.rejects(opened.read('plain', out.subarray(5, 9)), {
    message: /expected at most 4 values, got \(4, 3\)/,
  })
  opened.close()
})

t.test('values that are not finite are found, once a dataset', async (t) => {
  for (const bad of [NaN, Infinity, -Infinity])
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.nat(), async (count, at) => {
        const data = values(count)
        data[at % count] = bad
        const file = await write('nan.hdf5', { x: [data, [count, 1]] })
        const opened = await openFeatures(file)
        const message = new RegExp(`x: expected finite features, got ${bad} in region ${at % count}$`)
        await t.rejects(opened.read('x', new Float32Array(count)), { name: 'DataError', message })
        if (at % count > 0) t.equal(await opened.read('x', new Float32Array(count), at % count), at % count)
        opened.close()
      }),
      { numRuns: 15 },
    )
})

t.test('damage never gives values', async (t) => {
  const file = await write('whole.hdf5', { a: [values(40), [10, 4]], b: [values(40, 1), [10, 4]] })
  const size = statSync(file).size
  const cut = path('cut.hdf5')
  for (const length of [size - 1, size >> 1, 2048, 512]) {
    copyFileSync(file, cut)
    truncateSync(cut, length)
    await t.rejects(openFeatures(cut), {
      name: 'DataError',
      message: new RegExp(`cut\\.hdf5: the file is cut: ${length} of its ${size} bytes are there`),
    })
  }
  copyFileSync(file, cut)
  appendFileSync(cut, 'more than there should be')
  t.strictSame(await readAll(cut, 'a'), [...values(40)], 'bytes past the end do no harm')

  const starts: [string, RegExp][] = [
    ['', /the file is empty; expected HDF5/],
    [
      '\n<!DOCTYPE html><title> Quota exceeded </title>',
      /expected HDF5, got a web page \("Quota exceeded"\) of \d+ bytes/,
    ],
    ['PK\u0003\u0004 zip', /expected HDF5, got a zip archive/],
    ['\u0089HDF\r\n', /expected HDF5, got/],
  ]
  for (const [text, message] of starts) {
    writeFileSync(cut, text, 'latin1')
    await t.rejects(openFeatures(cut), { name: 'DataError', message })
  }
  await t.rejects(openFeatures(path('none.hdf5')), { message: /cannot read .*none\.hdf5: ENOENT/ })
  await t.rejects(openFeatures(folder), { message: /expected an HDF5 file, got something else/ })
})

t.test('any changed byte of the structure is an error, or changes nothing, but is no crash', async (t) => {
  const file = await write('fuzz.hdf5', { a: [values(8), [2, 4]], b: [values(8, 1), [2, 4]] })
  const whole = readFileSync(file)
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: whole.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, change) => {
        const bytes = Buffer.from(whole)
        bytes[at] = (bytes[at] ?? 0) ^ change
        const damaged = path('damaged.hdf5')
        writeFileSync(damaged, bytes)
        try {
          const opened = await openFeatures(damaged)
          for (const dataset of opened.datasets()) await opened.read(dataset, new Float32Array(100))
          opened.close()
        } catch (error) {
          t.type(error, DataError)
        }
      },
    ),
    { numRuns: 300 },
  )
})

t.test('a damaged gzip chunk is an error', async (t) => {
  const file = path('gzip.hdf5')
  const made = new h5wasm.File(file, 'w')
  made.create_dataset({
    name: 'a',
    data: values(4096),
    shape: [64, 64],
    chunks: [64, 64],
    compression: 'gzip',
  })
  made.close()
  const bytes = readFileSync(file)
  const chunk = Math.max(bytes.indexOf(Buffer.from([0x78, 0x5e])), bytes.indexOf(Buffer.from([0x78, 0x9c])))
  t.ok(chunk > 0, 'the header of a zlib stream')
  bytes.fill(0xaa, chunk + 100, chunk + 2000)
  writeFileSync(file, bytes)
  const opened = await openFeatures(file)
  await t.rejects(opened.read('a', new Float32Array(4096)), {
    name: 'DataError',
    message: /gzip\.hdf5: dataset a cannot be read: a compressed chunk is damaged/,
  })
  opened.close()
})

t.test('the index of a large file is kept, and used while the file stays the same', async (t) => {
  const file = await write(
    'large.hdf5',
    Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${i}_features`, [values(2, i), [1, 2]]])),
  )
  const [beside = '', elsewhere = ''] = cacheFiles(file)
  t.equal(beside, `${file}.m2-index`)
  t.not(elsewhere, beside)
  ;(await openFeatures(file, { cache: false })).close()
  t.notOk(existsSync(beside))
  ;(await openFeatures(file)).close()
  t.ok(existsSync(beside))

  const kept = readFileSync(beside)
  const renamed = kept.toString('latin1').replace('4999_features', '4999_elsewher')
  writeFileSync(beside, Buffer.from(renamed, 'latin1'))
  const whole = await openFeatures(file)
  t.ok(whole.has('4999_features'), 'an index whose checksum is wrong is made again')
  whole.close()
  const [head = ''] = renamed.split('\n', 1)
  const rest = Buffer.from(renamed.slice(head.length + 1), 'latin1')
  const sum = createHash('sha256').update(rest).digest('hex').slice(0, 32)
  writeFileSync(beside, Buffer.concat([Buffer.from(`${head.replace(/\S+$/, sum)}\n`), rest]))
  const opened = await openFeatures(file)
  t.ok(opened.has('4999_elsewher'), 'the kept index was used')
  opened.close()

  for (const bad of [kept.subarray(0, -1), Buffer.alloc(0), Buffer.from('m2 index')]) {
    writeFileSync(beside, bad)
    t.strictSame(await readAll(file, '4999_features'), [...values(2, 4999)], 'a damaged one is built again')
    t.strictSame(readFileSync(beside), kept)
  }
  writeFileSync(beside, renamed)
  utimesSync(file, new Date(), new Date(1e12))
  t.strictSame(
    await readAll(file, '4999_features'),
    [...values(2, 4999)],
    'so is that of a file that changed',
  )
})

t.test('files by h5py', { skip: noH5py }, async (t) => {
  const file = path('h5py.hdf5')
  const expected = JSON.parse(
    h5py(
      `
rng = np.random.default_rng(1)
x = rng.standard_normal((7, 5)).astype('f4')
for suffix, options in [('', {}), ('.latest', dict(libver='latest')), ('.user', dict(userblock_size=1024))]:
    with h5py.File(argv[0] + suffix, 'w', **options) as f:
        for i in range(300 if suffix != '.latest' else 3): f[f'{i}_boxes'] = np.float32([[i]])
        f['f4'], f['f8'], f['f2'], f['be'] = x, x.astype('f8'), x.astype('f2'), x.astype('>f4')
        f.create_dataset('gzip', data=x, compression='gzip', shuffle=True)
        f.create_dataset('lzf', data=np.zeros((64, 64), 'f4'), compression='lzf')
        f.create_dataset('empty', shape=(0, 5), dtype='f4')
        f.create_dataset('unwritten', shape=(2, 5), dtype='f4')
        f['text'] = 'hello'
        f['f4'].attrs['note'] = 'attributes do no harm'
with h5py.File(argv[0] + '.dense', 'w', libver='latest') as f:
    for i in range(300): f[f'{i}_features'] = x + np.float32(i)
with h5py.File(argv[0] + '.linked', 'w') as f:
    f['a'] = x
    f['b'] = h5py.SoftLink('/a')
print(json.dumps([x.ravel().tolist(), x.astype('f2').astype('f4').ravel().tolist()]))`,
      file,
    ),
  )
  for (const suffix of ['', '.latest', '.user']) {
    for (const name of ['f4', 'f8', 'be', 'gzip'])
      t.strictSame(await readAll(file + suffix, name), expected[0], name)
    t.strictSame(await readAll(file + suffix, 'f2'), expected[1])
    t.strictSame(await readAll(file + suffix, 'empty'), [])
    t.strictSame(
      await readAll(file + suffix, 'unwritten'),
      Array.from({ length: 10 }, () => 0),
    )
    t.strictSame(await readAll(file + suffix, '2_boxes'), [2])
    const opened = await openFeatures(file + suffix)
    await t.rejects(opened.read('lzf', new Float32Array(64 * 64)), {
      name: 'DataError',
      message: /dataset lzf cannot be read: it is compressed with lzf \(filter 32000\).*h5repack/,
    })
    await t.rejects(opened.read('text', new Float32Array(35)), DataError)
    opened.close()
  }
  t.strictSame(await readAll(`${file}.dense`, '0_features'), expected[0])
  t.strictSame(await readAll(`${file}.linked`, 'b'), expected[0])
})

const real = shared('data', 'features', 'real-bottom-up.hdf5')
testReal(t, [real], 'real bottom-up features', async (t) => {
  const file = real ?? ''
  const opened = await openFeatures(file)
  const names = [...opened.datasets()].filter((name) => name.endsWith('_features'))
  t.equal(names.length, 16)
  const read = new h5wasm.File(file, 'r')
  for (const name of names) {
    const dataset = read.get(name)
    const out = new Float32Array(100 * 2048)
    const regions = await opened.read(name, out)
    t.strictSame(opened.shape(name), [regions, 2048])
    t.ok(
      dataset instanceof h5wasm.Dataset &&
        Buffer.from(out.buffer, 0, regions * 2048 * 4).equals(
          Buffer.from((dataset.value as Float32Array).buffer),
        ),
    ) // float32 there
  }
  read.close()
  opened.close()
})
