/** A file that grows: whatever interrupts it, what its journal names is there, and it goes on from there. */
import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openFeatures } from '../../../lib/features/file.js'
import { openGrowingFile } from '../../../lib/formats/hdf5/growing-file.js'
import { createFeatureFile } from '../../../lib/formats/hdf5/writer.js'

const made = { detector: 'one' }
const datasetOf = (i: number) => ({
  data: Float32Array.from({ length: 6 }, (_, k) => 10 * i + k),
  shape: [3, 2],
})
const start = (path: string, resume = true) => openGrowingFile(path, { resume, made })
const add = (file: Awaited<ReturnType<typeof start>>, i: number) =>
  file.add(String(i), { [`${i}_features`]: datasetOf(i) }, { i })

async function contents(path: string): Promise<Record<string, number[]>> {
  const file = await openFeatures(path, { cache: false })
  const found: Record<string, number[]> = {}
  for (const name of file.datasets()) {
    const values = new Float32Array(6)
    await file.read(name, values)
    found[name] = [...values]
  }
  file.close()
  return found
}
const expected = (...ids: number[]) =>
  Object.fromEntries(ids.map((i) => [`${i}_features`, [...datasetOf(i).data]]))

t.test('is the same file as one that was written at once', async (t) => {
  const folder = t.testdir()
  const [grown, whole] = [join(folder, 'grown.hdf5'), join(folder, 'whole.hdf5')]
  const file = await start(grown, false)
  const writer = await createFeatureFile(whole)
  for (const i of [3, 1, 2]) {
    await add(file, i)
    await writer.add(`${i}_features`, datasetOf(i).data, datasetOf(i).shape)
  }
  await file.close()
  await writer.close()
  t.ok(readFileSync(grown).equals(readFileSync(whole)))
  t.notOk(existsSync(`${grown}.part`))
})

t.test('goes on after a kill at any byte', async (t) => {
  const path = join(t.testdir(), 'f.hdf5')
  const file = await start(path, false)
  await add(file, 1)
  const one = statSync(`${path}.part`).size
  await add(file, 2)
  await file.leave()
  await t.rejects(start(path, false), { name: 'DataError', message: /--resume goes on with it/ })
  const [data, journal] = [readFileSync(`${path}.part`), readFileSync(`${path}.journal`)]
  const twoLines = journal.indexOf('\n', journal.indexOf('\n') + 1) + 1
  for (const cut of ['journal', 'both', 'tail'] as const) {
    writeFileSync(`${path}.part`, data)
    writeFileSync(`${path}.journal`, journal)
    if (cut !== 'tail') truncateSync(`${path}.journal`, twoLines + 5)
    if (cut === 'both') truncateSync(`${path}.part`, one + 3)
    if (cut === 'tail') appendFileSync(`${path}.part`, 'half of the next')
    const again = await start(path)
    t.same(await again.note('1'), { i: 1 }, `${cut}: the first is there`)
    const second = await again.note('2')
    t.same(second, cut === 'tail' ? { i: 2 } : undefined, `${cut}: and the second where its line is whole`)
    if (!second) await add(again, 2)
    await add(again, 3)
    await again.close()
    t.same(await contents(path), expected(1, 2, 3), cut)
  }
})

t.test('a whole file takes more, and is left alone where there is nothing to add', async (t) => {
  const path = join(t.testdir(), 'f.hdf5')
  const first = await start(path, false)
  await add(first, 1)
  await first.close()
  const before = statSync(path).mtimeMs
  const same = await start(path)
  t.same(await same.note('1'), { i: 1 })
  await same.close()
  t.equal(statSync(path).mtimeMs, before)
  const more = await start(path)
  await add(more, 2)
  t.notOk(existsSync(path), 'it is a part again')
  await more.leave()
  const third = await start(path)
  await add(third, 3)
  await t.rejects(add(third, 3), { name: 'DataError', message: /3_features cannot be added/ })
  await third.close()
  t.same(await contents(path), expected(1, 2, 3))
})

t.test('refuses what was made otherwise', async (t) => {
  const path = join(t.testdir(), 'f.hdf5')
  const file = await start(path, false)
  await add(file, 1)
  await file.leave()
  await t.rejects(openGrowingFile(path, { resume: true, made: { detector: 'two' } }), {
    name: 'DataError',
    message: /was begun with another detector\. Go on with the same/,
  })
  await t.rejects(
    start(join(t.testdir('x'), 'none', 'f.hdf5')).then((file) => add(file, 1)),
    { name: 'DataError' },
  )
})
