/** m2 report: what it writes from which inputs. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { resolveOptions } from '../../lib/options.js'
import report from '../../lib/stages/report.js'
import { collect, listen, stream } from './collect.js'

const folder = mkdtempSync(join(tmpdir(), 'm2-report-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const out = join(folder, 'report.html')
function write(name: string, ...lines: object[]): string {
  writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return join(folder, name)
}

async function run(records: readonly object[], options: Record<string, unknown> = {}) {
  const { context, said } = listen('report')
  const resolved = resolveOptions(report.options!, { out, ...options }, {}, {})
  const parsed = records.map((record) => report.input!.parse(record))
  const [summary] = await collect(report.run(stream(parsed), resolved as never, context))
  return { summary, said, page: readFileSync(out, 'utf8') }
}

const score = { metric: 'CIDEr-D', n: 2, signature: 'CIDEr-D|tok:ptb' }
const log = write(
  'log.jsonl',
  { event: 'step', step: 1, objective: 'xe', loss: 2 },
  { event: 'step', step: 2, objective: 'xe', loss: 1 },
)
const records = [
  {
    image_id: 1,
    caption: 'a cat',
    captions: ['a cat sits', 'a cat'],
    log_prob: -1.25,
    attributions: { method: 'attention', words: [{ word: 'a', regions: [0.25, 0.75] }, { word: 'cat', regions: [1, 0] }] }, // prettier-ignore
    boxes: [[0, 0, 10, 10], [5, 5, 20, 30]], // prettier-ignore
  },
  { image_id: 2, caption: 'a dog', captions: ['two birds'] },
]

t.test('everything at once', async (t) => {
  const scores = write('scst.jsonl', { ...score, score: 1.25, ci: [1.2, 1.3] })
  const baseline = write('base.jsonl', { ...score, score: 1.5 })
  const { summary, page } = await run(records, {
    log,
    scores: [`SCST=${scores}`],
    baseline: `paper=${baseline}`,
  })
  t.match(summary, { report: out, captions: 2, shown: 2, explained: 1, scores: 1, sections: ['scores', 'training', 'captions', 'words'] }) // prettier-ignore
  for (const text of [
    'SCST',
    'paper',
    '125.0',
    '120.0 – 130.0',
    '−25.0',
    'Loss, cross-entropy',
    'a cat sits',
  ])
    t.ok(page.includes(text), text)
  t.equal(page.match(/<figure class="chart">/g)?.length, 3, 'scores, loss, lengths')
  t.same(page.match(/x="5"\ny="5"\nwidth="15"\nheight="25"/g)?.length, 1)
  t.notMatch(page, /(?:src|href)="(?!#|data:)/, 'nothing from outside')
  t.notMatch(page.replace(/<script>.*<\/script>/s, ''), /NaN|undefined|\[object/)
  t.same(readdirSync(folder).filter((name) => name.includes('tmp')), []) // prettier-ignore
})

t.test('the same twice', async (t) => {
  t.equal((await run(records, { log })).page, (await run(records, { log })).page)
})

t.test('any input may be missing', async (t) => {
  t.match((await run([])).page, /nothing to report/)
  t.match((await run([], { log })).summary, { sections: ['training'] })
  t.match((await run([{ image_id: 1, caption: 'a cat' }])).summary, { sections: ['captions', 'words'] })
  const baseline = write('base.jsonl', { ...score, score: 1.5 })
  t.match((await run([], { baseline })).page, /150\.0/)
  const { said, summary } = await run([], { log: write('no.jsonl', { event: 'done' }) })
  t.match(summary, { sections: [] })
  t.match(said, [/no events of training/])
})

t.test('captions are text, whatever they hold', async (t) => {
  const caption = '</script><script>alert(1)</script> <img src=x onerror=alert(2)> 𝔘🐈 "\'&'
  const { page } = await run(
    [
      {
        image_id: '"><b>',
        caption,
        captions: [caption],
        attributions: { method: caption, words: [{ word: caption, regions: [1] }] },
      },
    ],
    { title: '<i>title' },
  )
  t.notMatch(page, /<script>alert|<img|<b>"|<i>/)
  t.ok(page.includes('𝔘🐈'))
  t.equal(page.match(/<script>/g)?.length, 1)
})

t.test('says what does not fit', async (t) => {
  await t.rejects(run([], { scores: [write('bad.jsonl', { metric: 'x' })] }), /bad.jsonl:1: score: /)
  await t.rejects(run([], { scores: [join(folder, 'missing.jsonl')] }), /missing.jsonl/)
  await t.rejects(run(records, { images: join(folder, 'missing') }), /expected a directory of photographs/)
  t.notOk(report.input!.safeParse({ image_id: 1 }).success)
})
