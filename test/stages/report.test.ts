/** m2 report: what it writes from which inputs. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { flagOf, resolveOptions } from '../../lib/options.js'
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
  const given = Object.entries({ out, ...options }).map(([name, value]) => [flagOf(name), value])
  const resolved = resolveOptions(report.options!, Object.fromEntries(given), {}, {})
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
  t.match(summary, { report: out, captions: 2, shown: 2, images: 0, explained: 1, scores: 1, sections: ['captions', 'scores', 'training', 'words', 'origin'] }) // prettier-ignore
  for (const text of [
    'SCST',
    'paper',
    '125.0',
    '120.0 to 130.0',
    '−25.0',
    'Loss, cross-entropy',
    'a cat sits',
  ])
    t.ok(page.includes(text), text)
  t.equal(page.match(/<figure class="chart"/g)?.length, 3, 'scores, loss, lengths')
  t.equal(page.match(/x="5"\s+y="5"\s+width="15"\s+height="25"/g)?.length, 1)
  t.notMatch(page, /(?:src|href)="(?!#|data:)/, 'nothing from outside')
  t.notMatch(page.replace(/<script>.*<\/script>/s, ''), /NaN|undefined|\[object/)
  t.same(readdirSync(folder).filter((name) => name.includes('tmp')), []) // prettier-ignore
})

t.test('the same twice', async (t) => {
  t.equal((await run(records, { log })).page, (await run(records, { log })).page)
})

t.test('any input may be missing', async (t) => {
  const none = { noPredictions: true }
  t.match((await run([], none)).page, /nothing to report/)
  t.match((await run([], { ...none, log })).summary, { sections: ['training', 'origin'] })
  t.match((await run([{ image_id: 1, caption: 'a cat' }])).summary, {
    sections: ['captions', 'words', 'origin'],
  })
  const baseline = write('base.jsonl', { ...score, score: 1.5 })
  t.match((await run([], { ...none, baseline })).page, /150\.0/)
  const { said, summary } = await run([], { ...none, log: write('no.jsonl', { event: 'done' }) })
  t.match(summary, { sections: [] })
  t.match(said, [/no events of training/])
})

t.test('no captions where some were expected leave the page that was there', async (t) => {
  writeFileSync(out, 'a good page')
  await t.rejects(run([]), {
    name: 'DataError',
    message: /no captions on stdin: .*report\.html is left as it was/,
  })
  t.equal(readFileSync(out, 'utf8'), 'a good page')
  t.match((await run([], { allowEmpty: true })).page, /nothing to report/)
})

t.test('captions of other models and names of regions', async (t) => {
  const other = write('xe.jsonl', { image_id: 1, caption: 'a bird' }, { image_id: 2, caption: 'two birds' })
  const classes = write('classes.jsonl', { image_id: 1, classes: ['cat', 'sofa'] })
  const scores = write('scst.jsonl', { ...score, score: 1.25 })
  const { page } = await run(records, { beside: [`XE=${other}`], classes, scores: [`SCST=${scores}`] })
  t.match(page, /<b>XE<\/b>/)
  t.match(page, /<p>two birds<\/p>/)
  t.match(page, /cat 100\u00a0%/)
  t.match(page, /Most gained over XE/)
})

t.test('how it was made', async (t) => {
  const config = { model: { encoderLayers: 3, width: 512 }, origin: { seed: 7, warmup: 250 } }
  const model = join(folder, 'model')
  mkdirSync(model)
  writeFileSync(join(model, 'config.json'), JSON.stringify(config))
  const { page } = await run(records, { model, title: 'a title' })
  for (const text of [
    '3 encoder layers, 512 wide',
    '<dd>7</dd>',
    '--warmup 250',
    'm2 report --out',
    '--title &#39;a title&#39;',
  ])
    // prettier-ignore
    t.ok(page.includes(text), text)
  await t.rejects(run(records, { model: join(folder, 'nowhere') }), /--model: expected a model directory/)
  writeFileSync(join(model, 'config.json'), '{')
  await t.rejects(run(records, { model }), /config\.json: expected a model's configuration/)
})

t.test('30,000 captions and 60,000 events', async (t) => {
  const many = Array.from({ length: 30_000 }, (_, i) => ({ image_id: i, caption: `a cat ${i % 50}`, captions: ['a cat sits'] })) // prettier-ignore
  const events = Array.from({ length: 60_000 }, (_, step) => ({ event: 'step', step, objective: 'xe', loss: 5 / (step + 1), rate: step })) // prettier-ignore
  const { summary, said } = await run(many, { log: write('long.jsonl', ...events), pageLimit: 1 })
  const { bytes, captions, shown } = summary as { bytes: number; captions: number; shown: number }
  t.equal(captions, 30_000)
  t.ok(bytes < 1.3e6, `${bytes} bytes with --page-limit 1`)
  t.ok(shown > 500, `${shown} captions`)
  t.match(said, [/the page holds \d+ of 30000 captions; --page-limit/])
})

t.test('control characters in names of systems do not reach the page', async (t) => {
  const file = write('a.jsonl', { ...score, score: 1.25 })
  const { page } = await run(records, { scores: [`\u001b[31mred\u0007=${file}`, `<b>=${file}`] })
  t.notMatch(page.replace(/[\n\t]/g, ''), /\p{Cc}/u)
  t.notMatch(page, /<b>\u200b|<text[^>]*><b>/)
  t.ok(page.includes('\ufffd[31mred\ufffd'))
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
  t.equal(page.match(/<script/g)?.length, 1)
})

t.test('says what does not fit', async (t) => {
  await t.rejects(
    run([], { noPredictions: true, scores: [write('bad.jsonl', { metric: 'x' })] }),
    /bad.jsonl:1: score: /,
  )
  await t.rejects(run([], { noPredictions: true, scores: [join(folder, 'missing.jsonl')] }), /missing.jsonl/)
  await t.rejects(run(records, { images: join(folder, 'missing') }), /expected a directory of photographs/)
  t.notOk(report.input!.safeParse({ image_id: 1 }).success)
})
