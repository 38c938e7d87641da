/** Features as their publishers write them, by hand: VinVL's TSV, and npz of adaptive bottom-up attention. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { folderFeatures } from '../../lib/features/layouts/folder.js'
import { tsvFeatures } from '../../lib/features/layouts/tsv.js'
import { zipOf } from '../formats/zip.js'
import { npy } from '../metrics/clip/npy.js'
import { collect } from '../stages/collect.js'

const values = Float32Array.of(1, 2, 3, 4, 5, 6)
const base64 = Buffer.from(values.buffer).toString('base64')
const refuse = (error: Error) => {
  throw error
}
const expected = { features: { data: values, shape: [2, 3] } }

t.test("VinVL's TSV: JSON, or three columns; gzipped too", async (t) => {
  const folder = t.testdir()
  const files = {
    'features.tsv': `391895\t{"num_boxes": 2, "features": "${base64}"}\n42\t{"num_boxes": "2", "features": "${base64}"}\n`,
    'oscar.tsv': `391895\t2\t${base64}\n42\t2\t${base64}\n`,
  }
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), content)
    writeFileSync(join(folder, `${name}.gz`), gzipSync(content))
    for (const file of [name, `${name}.gz`]) {
      const images = await collect(tsvFeatures(join(folder, file), refuse))
      t.match(
        images,
        [
          { image_id: '391895', ...expected },
          { image_id: '42', ...expected },
        ],
        file,
      )
    }
  }
})

t.test('and what is wrong in one', async (t) => {
  const folder = t.testdir()
  const read = (content: string) => {
    writeFileSync(join(folder, 'bad.tsv'), content)
    return collect(tsvFeatures(join(folder, 'bad.tsv'), refuse))
  }
  await t.rejects(read(`7\t{"num_boxes": 2}\n`), {
    name: 'DataError',
    message: /bad\.tsv:1: image 7: expected \{"num_boxes","features"\} of VinVL, got/,
  })
  await t.rejects(
    read(`7\t{"num_boxes": 4, "features": "${base64}"}\n`),
    /expected whole rows for 4 boxes, got 6 values/,
  )
  await t.rejects(read(`7\ttwo\t${base64}\n`), /num_boxes: expected a count, got "two"/)
  await t.rejects(read(`7\t1\t2\t3\n`), /expected 6 columns .*or 2 or 3 \(VinVL\), got 4/)
})

t.test('npz of adaptive bottom-up attention, as many regions as each image has', async (t) => {
  const folder = join(t.testdir(), 'att')
  mkdirSync(folder)
  const boxes = Float32Array.of(0, 0, 9, 9, 1, 1, 5, 5)
  const write = (name: string, arrays: Record<string, Buffer>) =>
    writeFileSync(
      join(folder, name),
      zipOf(Object.entries(arrays).map(([key, data]) => ({ name: `${key}.npy`, data }))),
    )
  write('COCO_val2014_000000000042.npz', { x: npy(values, 3), bbox: npy(boxes, 4) })
  write('43.npz', { features: npy(values.slice(0, 3), 3), boxes: npy(boxes.slice(0, 4), 4) })
  t.match(await collect(folderFeatures(folder, refuse)), [
    { image_id: '43', features: { shape: [1, 3] }, boxes: { shape: [1, 4] } },
    { image_id: '42', ...expected, boxes: { data: boxes, shape: [2, 4] } },
  ])
  write('44.npz', { labels: npy(values, 3) })
  await t.rejects(collect(folderFeatures(folder, refuse)), /44\.npz: expected an array named feat, z, x/)
})
