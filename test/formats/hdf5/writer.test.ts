/** HDF5 files that are written here, read back by libhdf5. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import * as h5wasm from 'h5wasm/node'
import t from 'tap'
import { createFeatureFile } from '../../../lib/formats/hdf5/writer.js'
import { DataError } from '../../../lib/errors.js'
import { h5py, noH5py } from '../../h5py.js'

await h5wasm.ready

const values = (count: number, seed = 0) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed))

t.test('libhdf5 reads back what was written', async (t) => {
  const file = join(t.testdir(), 'features.hdf5')
  const name = fc.stringMatching(/^[^/\0]{1,40}$/u).filter((name) => name !== '.')
  const shape = fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, shape, { maxKeys: 12 }), async (shapes) => {
      const writer = await createFeatureFile(file)
      for (const [name, shape] of Object.entries(shapes))
        await writer.add(name, values(product(shape), name.length), shape)
      await writer.close()

      const read = new h5wasm.File(file, 'r')
      t.strictSame(read.keys().sort(), Object.keys(shapes).sort())
      for (const [name, shape] of Object.entries(shapes)) {
        const dataset = read.get(name)
        if (!(dataset instanceof h5wasm.Dataset)) throw new Error(`${name} is no dataset`)
        t.strictSame(dataset.shape, shape)
        t.equal(dataset.dtype, '<f')
        if (product(shape) > 0) t.strictSame(dataset.value, values(product(shape), name.length))
      }
      read.close()
    }),
    { numRuns: 60 },
  )
})

t.test('a group of several B-tree levels holds every name', async (t) => {
  const file = join(t.testdir(), 'many.hdf5')
  const writer = await createFeatureFile(file)
  const count = 70_000
  for (let i = 0; i < count; i++) await writer.add(`${i}_features`, Float32Array.of(i), [1, 1])
  await writer.close()

  const read = new h5wasm.File(file, 'r')
  t.equal(read.keys().length, count)
  for (const i of [0, 1, 9, 4321, 65_535, 65_536, count - 1]) {
    const dataset = read.get(`${i}_features`)
    t.strictSame(dataset instanceof h5wasm.Dataset && dataset.value, Float32Array.of(i))
  }
  t.equal(read.get(`${count}_features`), null)
  read.close()
})

t.test('h5py reads the file and adds to it', { skip: noH5py }, async (t) => {
  const file = join(t.testdir(), 'features.hdf5')
  const writer = await createFeatureFile(file)
  for (const id of [391895, 5, 88]) await writer.add(`${id}_features`, values(6, id), [2, 3])
  await writer.close()
  const printed = h5py(
    `
with h5py.File(argv[0], 'r+') as f:
    before = {k: f[k][:].tolist() for k in f}
    for i in range(300): f[f'new{i}'] = np.float32([i])
with h5py.File(argv[0]) as f:
    print(json.dumps([before, len(f), float(f['new299'][0]), f['5_features'][:].tolist() == before['5_features']]))`,
    file,
  )
  const rows = (id: number) => {
    const [a, b, c, d, e, f] = values(6, id)
    return [
      [a, b, c],
      [d, e, f],
    ]
  }
  const expected = { '391895_features': rows(391895), '5_features': rows(5), '88_features': rows(88) }
  t.strictSame(JSON.parse(printed), [expected, 303, 299, true])
})

t.test('the file appears whole or not at all', async (t) => {
  const folder = t.testdir({ 'old.hdf5': 'what stood here' })
  const file = join(folder, 'old.hdf5')
  const writer = await createFeatureFile(file)
  await writer.add('1_features', values(4), [2, 2])
  t.equal(readFileSync(file, 'utf8'), 'what stood here')
  await writer.abort()
  t.equal(readFileSync(file, 'utf8'), 'what stood here')
  t.strictSame(readdirSync(folder), ['old.hdf5'])
})

t.test('what cannot be written is refused', async (t) => {
  const file = join(t.testdir(), 'a.hdf5')
  const writer = await createFeatureFile(file)
  await writer.add('1_features', values(4), [2, 2])
  await t.rejects(writer.add('1_features', values(4), [2, 2]), { message: /1_features was already written/ })
  await t.rejects(writer.add('2_features', values(5), [2, 2]), { message: /5 values do not fill \(2, 2\)/ })
  for (const name of ['', '.', 'a/b', 'a\0b']) await t.rejects(writer.add(name, values(1), [1]), DataError)
  await writer.close()
  t.ok(existsSync(file))
  await t.rejects(createFeatureFile(join(file, 'below', 'a file.hdf5')), DataError)
})

t.test('a disk that fills leaves the old file whole', async (t) => {
  const folder = t.testdir({ 'old.hdf5': 'what stood here' })
  const module = new URL('../../../lib/formats/hdf5/writer.js', import.meta.url).href
  const script = `
    const { createFeatureFile } = await import(${JSON.stringify(module)})
    const writer = await createFeatureFile(process.argv[1])
    try {
      for (let i = 0; i < 100; i++) await writer.add(i + '_features', new Float32Array(1e5), [50, 2000])
    } catch (error) {
      console.log(error.name, error.message)
      await writer.abort()
    }`
  // A limit on a file's size stands for the full disk: the write fails with EFBIG where that would say ENOSPC.
  // tap puts a loader into NODE_OPTIONS, whose own files would not fit either.
  const limited = `unset NODE_OPTIONS; trap '' XFSZ; ulimit -f 1000; exec "$0" "$@"`
  const { stdout } = spawnSync(
    'sh',
    ['-c', limited, process.execPath, '--input-type=module', '-e', script, join(folder, 'old.hdf5')],
    { encoding: 'utf8' },
  )
  t.match(stdout, /^DataError cannot write .*old\.hdf5: EFBIG/)
  t.strictSame(readdirSync(folder), ['old.hdf5'])
  t.equal(readFileSync(join(folder, 'old.hdf5'), 'utf8'), 'what stood here')
})

function product(shape: readonly number[]): number {
  return shape.reduce((total, size) => total * size, 1)
}
