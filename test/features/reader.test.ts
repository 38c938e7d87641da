/** Batches of features. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createFeatureReader } from '../../lib/features/reader.js'
import { createFeatureFile } from '../../lib/formats/hdf5/writer.js'
import type { Features } from '../../lib/records.js'

const folder = mkdtempSync(join(tmpdir(), 'm2-features-'))
t.teardown(() => rmSync(folder, { recursive: true }))

const width = 3
const values = (n: number, seed: number) => Float32Array.from({ length: n * width }, (_, i) => seed + i / 8)

async function write(name: string, sizes: readonly number[]): Promise<Features[]> {
  const file = join(folder, name)
  const writer = await createFeatureFile(file)
  for (const [id, n] of sizes.entries()) await writer.add(`${id}_features`, values(n, id), [n, width])
  await writer.close()
  return sizes.map((n, id) => ({ file, dataset: `${id}_features`, shape: [n, width] }))
}

function inline(data: Float32Array): Features {
  const shape: [number, number] = [data.length / width, width]
  return { data: Buffer.from(data.buffer).toString('base64'), shape, dtype: 'float32' }
}

/** What a row of a batch of four regions should hold. */
const padded = (data: Float32Array, regions = 4) => {
  const row = new Float32Array(regions * width)
  row.set(data.subarray(0, row.length))
  return row
}

t.test('a batch: padded, cut, from several files and inline', async (t) => {
  const a = await write('a.hdf5', [2, 4, 7, 0])
  const b = await write('b.hdf5', [1])
  const batch = [...a, ...b, inline(values(3, 9)), inline(values(9, 9))]
  const reader = createFeatureReader({ regions: 4, width })
  const size = 4 * width
  const out = new Float32Array(batch.length * size).fill(NaN)
  t.strictSame(await reader.readMany(batch, out), [2, 4, 4, 0, 1, 3, 4])
  const expected = [
    values(2, 0),
    values(4, 1),
    values(7, 2),
    values(0, 3),
    values(1, 0),
    values(3, 9),
    values(9, 9),
  ]
  expected.forEach((data, i) =>
    t.strictSame(out.subarray(i * size, (i + 1) * size), padded(data), `row ${i}`),
  )

  const before = out.slice()
  t.equal(await reader.read(a[0]!, out, 3), 2)
  before.set(padded(values(2, 0)), 3 * size)
  t.strictSame(out, before, 'one row, the others untouched')
  await reader.close()
})

t.test("a record's shape, cut by --max-regions, holds", async (t) => {
  const [, first] = await write('cut.hdf5', [1, 4])
  const reader = createFeatureReader({ regions: 4, width })
  const out = new Float32Array(4 * width).fill(NaN)
  t.equal(await reader.read({ ...first!, shape: [3, width] }, out, 0), 3)
  t.strictSame(out, padded(values(3, 1)))
  await reader.close()
})

t.test('errors name the file, the dataset and what was expected', async (t) => {
  const [first] = await write('bad.hdf5', [2])
  const file = join(folder, 'bad.hdf5')
  const reader = createFeatureReader({ regions: 4, width })
  const out = new Float32Array(4 * width)
  const bad: [Features, RegExp][] = [
    [{ ...first!, shape: [2, 2048] }, /bad\.hdf5: 0_features: expected features of width 3, got 2048/],
    [{ file, dataset: '0_features', shape: [5, width] }, /the record says \(5, 3\), the file \(2, 3\)/],
    [{ file, dataset: '7_features', shape: [2, width] }, /no dataset 7_features in .*bad\.hdf5/],
    [
      { file: join(folder, 'none.hdf5'), dataset: 'x', shape: [2, width] },
      /cannot read .*none\.hdf5: ENOENT/,
    ],
    [
      { data: 'AAAA', shape: [2, width], dtype: 'float32' },
      /inline features \(2, 3\) "AAAA...": expected float32 values, of four bytes each, got 3 bytes/,
    ],
    [
      inline(Float32Array.of(0, 0, 0, 0, NaN, 0)),
      /inline features .*: expected finite values, got NaN in region 1/,
    ],
  ]
  for (const [features, message] of bad)
    await t.rejects(reader.read(features, out, 0), { name: 'DataError', message }, String(message))
  await t.rejects(reader.read(first!, out, 1), RangeError)
  await reader.close()
})
