import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { PredictionRecord } from '../../lib/records.js'
import results from '../../lib/stages/results.js'
import { collect, listen, stream } from './collect.js'

const folder = mkdtempSync(join(tmpdir(), 'm2-results-'))
t.teardown(() => rmSync(folder, { recursive: true }))

type Options = Parameters<typeof results.run>[1]

async function run(records: PredictionRecord[], options: Partial<Options> = {}, keepGoing = false) {
  const { context, said } = listen('results', { keepGoing })
  const all = { out: undefined, server: false, split: 'test2014', algorithm: 'm2', ...options } as const
  return { given: await collect(results.run(stream(records), all, context)), said, context }
}

const predictions = [
  { image_id: 3, caption: 'a cat', log_prob: -1 },
  { image_id: 1, caption: '' },
]
const expected = [
  { image_id: 3, caption: 'a cat' },
  { image_id: 1, caption: '' },
]

t.test('one array, in the order of the records', async (t) => {
  t.strictSame((await run(predictions)).given, [expected])
  t.strictSame((await run([])).given, [[]])
  t.strictSame((await run([{ image_id: 'd74', caption: 'x' }])).given, [[{ image_id: 'd74', caption: 'x' }]])
})

t.test('--out writes a file', async (t) => {
  const out = join(folder, 'results.json')
  t.strictSame((await run(predictions, { out })).given, [{ images: 2, results: out }])
  t.strictSame(JSON.parse(readFileSync(out, 'utf8')), expected)
})

t.test('--server names it, and says when images are missing', async (t) => {
  const out = join(folder, 'submission')
  const { said } = await run(predictions, { out, server: true, split: 'val2014', algorithm: 'M2-big' })
  t.strictSame(JSON.parse(readFileSync(join(out, 'captions_val2014_M2-big_results.json'), 'utf8')), expected)
  t.match(said, [/val2014 has 40504 images.* these are 2/])
  await t.rejects(run(predictions, { out, server: true, algorithm: 'a/b' }), { name: 'UsageError' })
})

t.test('what the server would refuse is refused', async (t) => {
  const out = join(folder, 'refused')
  await t.rejects(run([{ image_id: 'd74', caption: 'x' }], { out, server: true }), {
    name: 'DataError',
    message: /image "d74": expected a number/,
  })
  await t.rejects(run([...predictions, { image_id: 3, caption: 'b' }], { out }), {
    name: 'DataError',
    message: /image 3 has two captions/,
  })
  t.notOk(existsSync(out))
  const kept = await run([...predictions, { image_id: 3, caption: 'b' }], {}, true)
  t.strictSame(kept.given, [expected])
  t.equal(kept.context.rejected, 1)
})
