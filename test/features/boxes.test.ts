/** Boxes of regions. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createBoxReader } from '../../lib/features/boxes.js'
import { createFeatureFile } from '../../lib/formats/hdf5/writer.js'
import { shared, testReal } from '../shared.js'

const folder = mkdtempSync(join(tmpdir(), 'm2-boxes-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'features.hdf5')

t.before(async () => {
  const written = await createFeatureFile(file)
  const features = new Float32Array(6)
  for (const id of ['1', '2', '3', 'odd']) await written.add(`${id}_features`, features, [3, 2])
  await written.add(
    '1_boxes',
    Float32Array.from({ length: 12 }, (_, i) => i + 0.123456),
    [3, 4],
  )
  await written.add('3_boxes', new Float32Array(8), [2, 4])
  await written.add('odd_boxes', new Float32Array(15), [3, 5])
  await written.close()
})

const reference = (id: string, regions = 3) => ({
  file,
  dataset: `${id}_features`,
  shape: [regions, 2] as [number, number],
})

t.test('boxes of the regions that a record has', async (t) => {
  const reader = createBoxReader()
  t.same(await reader.read(reference('1', 2)), [
    [0.1235, 1.1235, 2.1235, 3.1235],
    [4.1235, 5.1235, 6.1235, 7.1235],
  ])
  t.equal((await reader.read(reference('1')))?.length, 3)
  t.equal(await reader.read(reference('2')), undefined, 'there are none')
  t.equal(await reader.read({ data: '', shape: [0, 2], dtype: 'float32' }), undefined)
  await t.rejects(reader.read(reference('3')), /3_boxes: expected \(3, 4\), got \(2, 4\)/)
  await t.rejects(reader.read(reference('odd')), /odd_boxes: expected \(3, 4\), got \(3, 5\)/)
  await reader.close()
})

const real = shared('data', 'features', 'real-bottom-up.hdf5')
testReal(t, [real], 'boxes of a detector', async (t) => {
  const reader = createBoxReader()
  const boxes = await reader.read({ file: real!, dataset: '131486_features', shape: [36, 2048] })
  t.equal(boxes?.length, 36)
  t.ok(boxes?.every(([x1, y1, x2, y2]) => 0 <= x1 && x1 < x2 && x2 <= 640 && 0 <= y1 && y1 < y2 && y2 <= 640))
  await reader.close()
})
