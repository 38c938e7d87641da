/** `m2 features`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createFeatureReader } from '../../lib/features/reader.js'
import { createFeatureFile } from '../../lib/formats/hdf5/writer.js'
import { featuresRecord, type ImageRecord } from '../../lib/records.js'
import captions from '../../lib/stages/captions.js'
import features from '../../lib/stages/features.js'
import { shared, testReal } from '../shared.js'
import { collect, listen, stream } from './collect.js'

const folder = mkdtempSync(join(tmpdir(), 'm2-features-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'coco.hdf5')

t.before(async () => {
  const writer = await createFeatureFile(file)
  await writer.add('7_features', Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2])
  await writer.add('d74_features', Float32Array.of(7, 8), [1, 2])
  await writer.add('9_features', Float32Array.of(7, 8), [2])
  await writer.close()
})

type Options = Omit<Partial<Parameters<typeof features.run>[1]>, 'file'> & { file?: string | string[] }

async function run(
  records: ImageRecord[],
  { file: given = file, ...options }: Options = {},
  keepGoing = false,
) {
  const { context, said } = listen('features', {
    keepGoing,
    lines: new WeakMap(records.map((record, i) => [record, i + 1])),
  })
  const named = { file: typeof given === 'string' ? [given] : given, dataset: undefined, layout: undefined }
  const all = { ...named, missing: 'error', maxRegions: undefined, inline: false, ...options } as const
  return { records: await collect(features.run(stream(records), all, context)), said, context }
}

t.test('a reference is added; what was there stays', async (t) => {
  const { records, said } = await run([{ image_id: 7, captions: ['a'] }, { image_id: 'd74' }])
  t.strictSame(records, [
    { image_id: 7, captions: ['a'], features: { file, dataset: '7_features', shape: [3, 2] } },
    { image_id: 'd74', features: { file, dataset: 'd74_features', shape: [1, 2] } },
  ])
  t.strictSame(said, [])
  const [cut] = (await run([{ image_id: 7 }], { maxRegions: 2 })).records
  t.match(cut, { features: { shape: [2, 2] } })
})

t.test('--inline carries the same values', async (t) => {
  const { records } = await run([{ image_id: 7 }], { inline: true, maxRegions: 2 })
  const record = featuresRecord.parse(records[0])
  t.match(record.features, { shape: [2, 2], dtype: 'float32' })
  const reader = createFeatureReader({ regions: 3, width: 2 })
  const out = new Float32Array(6)
  t.equal(await reader.read(record.features, out, 0), 2)
  t.strictSame([...out], [1, 2, 3, 4, 0, 0])
})

t.test('datasets that are named by files are found by their images, and images by their files', async (t) => {
  const named = join(folder, 'named.hdf5')
  const writer = await createFeatureFile(named)
  const names = ['COCO_val2014_000000000042.jpg', '000000000044', 'x.tif', '__proto__', 'y.jpg', 'y.png']
  for (const name of names) await writer.add(`${name}_features`, Float32Array.of(1), [1, 1])
  await writer.close()
  const ids = [42, 'COCO_val2014_000000000042', 44, '000000000044.npz', 'x', '__proto__', 'y.png']
  const { records } = await run(
    ids.map((image_id) => ({ image_id })),
    { file: named },
  )
  t.strictSame(
    records
      .map((record) => featuresRecord.parse(record))
      .map(({ features }) => 'dataset' in features && features.dataset),
    [names[0], names[0], names[1], names[1], names[2], names[3], names[5]].map((name) => `${name}_features`),
  )
  await t.rejects(run([{ image_id: 'y' }], { file: named }), {
    message:
      /no detections for image y in .* has 000000000044_features, COCO_val2014_000000000042\.jpg_features, /,
  })
})

t.test('an image without detections', async (t) => {
  const records = [{ image_id: 7 }, { image_id: 57870 }, { image_id: 'd74' }]
  await t.rejects(run(records), {
    name: 'DataError',
    message:
      `no detections for image 57870 in ${file}. --missing skip drops such images ` +
      `(${file} has 7_features, 9_features, d74_features) (reading stdin:2)`,
  })
  const skipped = await run(records, { missing: 'skip' })
  t.equal(skipped.records.length, 2)
  t.strictSame(skipped.said, [`m2 features: 1 of 3 images have no detections in ${file}: skipped`])
  const kept = await run(records, {}, true)
  t.equal(kept.records.length, 2)
  t.equal(kept.context.rejected, 1)
  await t.rejects(run([{ image_id: 9 }]), {
    message: /9_features: expected shape \(regions, width\), got \(2\)/,
  })
})

const real = shared('data', 'features', 'real-bottom-up.hdf5')
testReal(t, [real], 'the real test image of a real file', async (t) => {
  const { context } = listen('captions')
  const files = [shared('data', 'coco', 'captions_val2014.json.gz') ?? '']
  const ids = [shared('data', 'coco', 'coco_test_ids.npy') ?? '']
  const options = { files, ids, missing: 'error', keepRejected: false } as const
  const others = { images: undefined, split: undefined, nameSplit: undefined, limit: undefined }
  const all = await collect(captions.run(stream([]), { ...options, ...others }, context))
  const { records, said } = await run(all as ImageRecord[], { file: real ?? '', missing: 'skip' }) // captions' records are
  t.equal(records.length, 1)
  t.match(records[0], { features: { shape: [/\d+/, 2048] } })
  t.equal((records[0] as { captions?: string[] }).captions?.length, 5) // captions pass through
  t.match(said, [/4999 of 5000 images have no detections/])
})

t.test('a relative file stays relative, and --base says where it starts from', async (t) => {
  const here = process.cwd()
  t.teardown(() => process.chdir(here))
  process.chdir(folder)
  const [record] = (await run([{ image_id: 7 }], { file: 'coco.hdf5' })).records
  const { features } = featuresRecord.parse(record)
  t.match(features, { file: 'coco.hdf5' })
  process.chdir(here)
  const out = new Float32Array(6)
  const lost = createFeatureReader({ regions: 3, width: 2 })
  await t.rejects(lost.read(features, out, 0), /coco\.hdf5/)
  await lost.close()
  const found = createFeatureReader({ regions: 3, width: 2, base: folder })
  t.equal(await found.read(features, out, 0), 3)
  t.strictSame([...out], [1, 2, 3, 4, 5, 6])
  await found.close()
})
