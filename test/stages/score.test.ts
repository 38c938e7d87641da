import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import t from 'tap'
import type { Candidate } from '../../lib/annotations/candidates.js'
import { resolveOptions } from '../../lib/options.js'
import score from '../../lib/stages/score.js'
import { shared, testReal } from '../shared.js'
import { collect, listen, stream } from './collect.js'
import { near } from '../near.js'

const folder = mkdtempSync(join(tmpdir(), 'm2-score-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const path = (name: string) => join(folder, name)
function write(name: string, content: string | Uint8Array | object): string {
  const bytes =
    typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content)
  writeFileSync(path(name), bytes)
  return path(name)
}

type Options = Parameters<typeof score.run>[1]
interface Metric {
  metric: string
  score: number
  n: number
  signature: string
  group?: string
  ci?: [number, number]
  against?: { score: number; difference: number; ci: [number, number]; p: number }
}

// No METEOR unless a test asks for it: looking for its data takes a second.
const defaults = resolveOptions(score.options!, { metrics: 'bleu,rouge,cider' }, {}, {}) as Options

async function run(records: readonly Candidate[], options: Partial<Options> = {}) {
  const { context, said } = listen('score', {})
  // The stage yields plain objects; what a metric record holds is what is tested here.
  const metrics = (await collect(
    score.run(stream(records), { ...defaults, ...options }, context),
  )) as Metric[]
  const scoreOf = (name: string, group?: string) =>
    metrics.find(({ metric, ...rest }) => metric === name && rest.group === group)?.score
  return { metrics, said, scoreOf }
}

const records: Candidate[] = [
  {
    image_id: 1,
    caption: 'A man rides a horse.',
    captions: ['A man riding a horse', 'The man rides his horse.'],
    domain: 'in',
  },
  {
    image_id: 2,
    caption: 'a cat cat on a mat',
    captions: ['A cat sits on the mat', 'a cat on a mat'],
    domain: 'out',
  },
  {
    image_id: 3,
    caption: 'a red bus',
    captions: ['a big red bus on the street', 'Red bus!', 'a bus'],
    domain: 'in',
  },
]

testReal(t, [shared('data')], 'known scores of published captions', async (t) => {
  const expected: [string, Record<string, number>, number][] = [
    [
      'results-show-edit-tell-rl.json',
      {
        'BLEU-1': 0.8064459277074182,
        'BLEU-2': 0.6530334700722702,
        'BLEU-3': 0.5105143289180198,
        'BLEU-4': 0.3920775254593842,
        'ROUGE-L': 0.5889001187313567,
        'CIDEr-D': 1.2894888980512564,
      },
      1e-12,
    ],
    [
      'results-show-edit-tell-xe.json',
      {
        'BLEU-1': 0.779352490204687,
        'BLEU-2': 0.6254460544059197,
        'BLEU-3': 0.488918101005435,
        'BLEU-4': 0.37993659508369276,
        'ROUGE-L': 0.5771640445707655,
        'CIDEr-D': 1.2000257033982205,
      },
      1e-12,
    ],
    // Printed to three digits by those who published them.
    [
      'results-fakecap.json',
      {
        'BLEU-1': 0.579,
        'BLEU-2': 0.404,
        'BLEU-3': 0.279,
        'BLEU-4': 0.191,
        'ROUGE-L': 0.396,
        'CIDEr-D': 0.6,
      },
      5.1e-4,
    ],
    [
      'results-magic-magic.json',
      { 'BLEU-1': 0.568, 'BLEU-2': 0.358, 'BLEU-3': 0.214, 'BLEU-4': 0.129, 'CIDEr-D': 0.493 },
      5.1e-4,
    ],
  ]
  for (const [file, scores, tolerance] of expected) {
    const { scoreOf } = await run([], {
      candidates: shared('data', 'results', file)!,
      references: shared('data', 'coco', 'captions_val2014.json.gz')!,
      intersect: true,
    })
    for (const [name, known] of Object.entries(scores))
      near(t, scoreOf(name)!, known, tolerance, `${file}: ${name}`)
  }
})

t.test('records bring their references; repeats are dropped from decoded captions only', async (t) => {
  const { metrics, scoreOf } = await run(records)
  t.same(
    metrics.map(({ metric, n }) => [metric, n]),
    ['BLEU-1', 'BLEU-2', 'BLEU-3', 'BLEU-4', 'ROUGE-L', 'CIDEr-D'].map((name) => [name, 3]),
  )
  t.match(metrics[0]!.signature, /^BLEU-1\|tok:ptb\|repeats:kept\|eos:none\|version:\d/)
  const decoded = records.map((record) => ({ ...record, log_prob: -3 }))
  const dropped = await run(decoded)
  t.match(dropped.metrics[0]!.signature, /repeats:dropped/)
  t.ok(dropped.scoreOf('BLEU-1')! > scoreOf('BLEU-1')!)
  t.equal((await run(decoded, { noCollapseRepeats: true })).scoreOf('BLEU-1'), scoreOf('BLEU-1'))
  t.equal((await run(records, { collapseRepeats: true })).scoreOf('BLEU-1'), dropped.scoreOf('BLEU-1'))
  await t.rejects(run(records, { collapseRepeats: true, noCollapseRepeats: true }), /contradict/)
})

t.test('COCO files, gzipped or not, and records in files score the same', async (t) => {
  const results = write(
    'results.json',
    records.map(({ image_id, caption }) => ({ image_id: String(image_id), caption })),
  )
  const jsonl = write('records.jsonl', records.map((record) => JSON.stringify(record)).join('\n'))
  const annotations = records.flatMap(({ image_id, captions }) =>
    captions!.map((caption, i) => ({ id: Number(image_id) * 10 + i, image_id, caption })),
  )
  const coco = { images: records.map(({ image_id, domain }) => ({ id: image_id, domain })), annotations }
  const references = write('coco.json.gz', gzipSync(JSON.stringify(coco)))
  const { metrics } = await run(records)
  t.same((await run([], { candidates: results, references })).metrics, metrics)
  t.same((await run([], { candidates: jsonl, references: jsonl })).metrics, metrics)
  t.same((await run([], { candidates: jsonl })).metrics, metrics)
  const bare = records.map(({ image_id, caption }) => ({ image_id, caption }))
  t.same((await run(bare, { references })).metrics, metrics)
  const grouped = await run(bare, { references, by: 'domain' })
  t.same(
    new Set(grouped.metrics.map(({ group }) => group)),
    new Set([undefined, 'in', 'out']),
    'fields of images',
  )
  t.same(
    (await run(records, { df: references })).scoreOf('CIDEr-D'),
    metrics[5]!.score,
    'frequencies of a file',
  )
})

t.test('document frequencies of a pickle', async (t) => {
  const entry = (words: string[], count: number) =>
    `(${words.map((word) => `S'${word}'\n`).join('')}tF${count}.0\ns`
  const table = [entry(['a'], 90), entry(['red'], 10), entry(['red', 'bus'], 2), entry(['bus'], 5)].join('')
  const df = write('df.p', `(dS'document_frequency'\n(d${table}sS'ref_len'\nF100.0\ns.`)
  const { metrics, scoreOf } = await run(records, { df })
  t.match(metrics[5]!.signature, /\|df:df\.p:100\|/)
  t.not(scoreOf('CIDEr-D'), (await run(records)).scoreOf('CIDEr-D'))
  await t.rejects(run(records, { df: write('bad.p', 'I1\n.') }), /bad\.p/)
  const numbers = [entry(['4'], 90), entry(['12'], 10), entry(['4', '12'], 2)].join('')
  const ids = write('ids.p', `(dS'document_frequency'\n(d${numbers}sS'ref_len'\nF100.0\ns.`)
  await t.rejects(
    run(records, { df: ids }),
    /ids\.p, document frequencies of n-grams such as "4": only 0 of the \d+ words .* Expected .* of words/,
  )
  await t.rejects(run(records, { df: path('none.p') }), /cannot read .*none\.p/)
})

t.test('each group scores as its images alone do', async (t) => {
  const { scoreOf } = await run(records, { by: 'domain' })
  const alone = await run(records.filter((record) => record['domain'] === 'in'))
  for (const name of ['BLEU-4', 'ROUGE-L', 'CIDEr-D']) t.equal(scoreOf(name, 'in'), alone.scoreOf(name))
  t.equal(scoreOf('BLEU-1'), (await run(records)).scoreOf('BLEU-1'))
  await t.rejects(run(records, { by: 'colour' }), /--by colour: expected "colour".*image 1 has none/)
})

t.test('merged shards score as one', async (t) => {
  const files = await Promise.all(
    records.map(async (record, i) => {
      await run([record], { statistics: path(`shard-${i}.jsonl`) })
      return path(`shard-${i}.jsonl`)
    }),
  )
  t.same((await run([], { merge: files })).metrics, (await run(records)).metrics)
  await t.rejects(run([], { merge: files, by: 'domain' }), /--merge scores what is in the shards/)
})

t.test('bootstrap intervals hold the score, and a comparison tells better from worse', async (t) => {
  const many = Array.from({ length: 60 }, (_, i) => ({ ...records[i % 3]!, image_id: i }))
  const worse = write(
    'worse.json',
    many.map(({ image_id, caption }) => ({ image_id, caption: `${caption} umbrella umbrella` })),
  )
  const options = { bootstrap: 200, against: worse, seed: 4 }
  const { metrics } = await run(many, options)
  for (const { metric, score, ci, against } of metrics) {
    t.ok(ci![0] <= score && score <= ci![1], `${metric} in its interval`)
    t.ok(against!.difference > 0 && against!.ci[0] > 0 && against!.p < 0.01, `${metric} is better`)
    near(t, score - against!.score, against!.difference, 1e-12, `difference of ${metric}`)
  }
  t.same((await run(many, options)).metrics, metrics, 'one seed, one result')
  await t.rejects(
    run([...many, { ...records[0]!, image_id: 99 }], options),
    /has no caption for 1 of 61 images \(99/,
  )
})

t.test("every image's scores, as JSONL and CSV", async (t) => {
  await run(records, { perImage: path('images.jsonl') })
  const lines = readFileSync(path('images.jsonl'), 'utf8').trimEnd().split('\n')
  const [first] = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  t.equal(lines.length, 3)
  t.match(first, { image_id: 1, caption: 'a man rides a horse', 'BLEU-1': Number, 'CIDEr-D': Number })
  await run([{ ...records[0]!, caption: 'a "man", riding' }, ...records.slice(1)], {
    perImage: path('images.csv'),
    tokenizer: 'none',
    by: 'domain',
  })
  const [header, row] = readFileSync(path('images.csv'), 'utf8').split('\n')
  t.equal(header, 'image_id,group,caption,BLEU-1,BLEU-2,BLEU-3,BLEU-4,ROUGE-L,CIDEr-D')
  t.match(row, /^1,in,"a ""man"", riding",[\d.]+/)
  await t.rejects(
    run(records, { perImage: path('images.txt') }),
    /expected a name that ends in .jsonl or .csv/,
  )
})

t.test('METEOR says which modules ran', async (t) => {
  const { context, said } = listen('score', {})
  const metrics = (await collect(
    score.run(stream(records), { ...defaults, metrics: ['meteor'] }, context),
  )) as Metric[]
  t.match(metrics, [{ metric: 'METEOR', n: 3, signature: /\|meteor:1.5\|modules:exact\+stem/ }])
  t.ok(metrics[0]!.score > 0.2 && metrics[0]!.score < 1)
  t.ok(/paraphrase/.test(metrics[0]!.signature) || said.some((line) => /METEOR runs without/.test(line)))
})

t.test("SPICE runs where its authors' program is, and only then", async (t) => {
  await t.rejects(run(records, { metrics: ['spice'] }), /--spice DIR says where it is/)
  const lib = { 'stanford-corenlp-3.6.0.jar': '', 'stanford-corenlp-3.6.0-models.jar': '' }
  const java = `#!/usr/bin/env node
const { readFileSync, writeFileSync } = require('node:fs')
const argv = process.argv
const input = JSON.parse(readFileSync(argv[argv.indexOf('edu.anu.spice.SpiceScorer') + 1], 'utf8'))
const scores = input.map(({ image_id, test }) => ({ image_id, scores: { All: { f: test.length / 100 } } }))
writeFileSync(argv[argv.indexOf('-out') + 1], JSON.stringify(scores))`
  const program = t.testdir({ 'spice-1.0.jar': '', lib, bin: { java }, 'package.json': '{}' })
  chmodSync(join(program, 'bin', 'java'), 0o755)
  const home = process.env['JAVA_HOME']
  process.env['JAVA_HOME'] = program
  t.teardown(() => (home === undefined ? delete process.env['JAVA_HOME'] : (process.env['JAVA_HOME'] = home)))
  const { scoreOf } = await run(records, { metrics: ['rouge'], spice: program })
  near(t, scoreOf('SPICE')!, (19 + 18 + 9) / 300, 1e-12, 'SPICE')
})

t.test('what cannot be scored is named', async (t) => {
  const results = (content: unknown) =>
    run([], { candidates: write('bad.json', JSON.stringify(content)), references: refs })
  const refs = write('refs.jsonl', JSON.stringify({ image_id: 1, captions: ['a'] }))
  await t.rejects(run([]), /stdin: expected captions to score, found none/)
  await t.rejects(run([records[0]!, records[0]!]), /stdin: image 1 has two captions/)
  await t.rejects(run([{ image_id: 5, caption: 'a' }]), /1 of 1 records \(image 5\) has no references/)
  await t.rejects(
    run(records, { references: refs }),
    /2 of 3 candidates \(image 2, 3\) have no references in .*refs\.jsonl/,
  )
  await t.rejects(results([{ image_id: 1, caption: 7 }]), /bad\.json: \[0\]: caption: /)
  await t.rejects(results({ annotations: [] }), /bad\.json/)
  await t.rejects(results('text'), /expected COCO results/)
  await t.rejects(
    run([], { candidates: write('cut.json', '[{"image_id":1,"cap') }),
    /cut\.json: the file ends early/,
  )
  await t.rejects(run([], { candidates: path('nowhere.json') }), /nowhere\.json/)
  const { said, metrics } = await run(records, { references: refs, intersect: true })
  t.equal(metrics[0]!.n, 1)
  t.match(said.join('\n'), /2 captions without references are left out/)
})

t.test("a record's own tokens are its references where no tokenizer is wanted", async (t) => {
  const own = [
    {
      image_id: 1,
      caption: '一 只 狗 在 跑',
      captions: ['一只狗在跑'],
      tokens: [['一', '只', '狗', '在', '跑']],
    },
    { image_id: 2, caption: '猫 在 睡', captions: ['猫在睡觉'], tokens: [['猫', '在', '睡', '觉']] },
  ]
  const { metrics, scoreOf } = await run(own, { tokenizer: 'none' })
  near(t, scoreOf('BLEU-1')!, Math.exp(1 - 9 / 8), 1e-8, 'every word is right, one is missing')
  t.match(metrics[0]!.signature, /\|tok:own\|/)
  const file = write('own.jsonl', own.map((record) => JSON.stringify(record)).join('\n'))
  const bare = own.map(({ image_id, caption }) => ({ image_id, caption }))
  t.same(
    (await run(bare, { tokenizer: 'none', references: file })).metrics,
    metrics,
    'of a file of references too',
  )
  const { tokens: _, ...without } = own[1]!
  await t.rejects(run([own[0]!, without], { tokenizer: 'none' }), /1 of 2 images .* image 2 has not/)
  t.match((await run([without], { tokenizer: 'none' })).metrics[0]!.signature, /\|tok:none\|/)
})

t.test('an enormous caption is refused, and named', async (t) => {
  const captions = ['a dog']
  for (const caption of ['<'.repeat(300_000), 'a '.repeat(500_000), "a'".repeat(100_000)]) {
    const long = [{ image_id: 7, caption, captions }]
    await t.rejects(run(long), /^image 7: the caption .* M2_MAX_CAPTION/)
    await t.rejects(run([{ image_id: 7, caption: 'a', captions: [caption] }]), /^image 7: the caption/)
  }
  const alike = 'a '.repeat(600)
  await t.rejects(
    run([{ image_id: 7, caption: alike, captions: [alike + 'b'] }], { metrics: ['meteor'] }),
    /^image 7: METEOR: .* match in more than 250000 ways/,
  )
})

t.test('cells of a CSV are no formulas', async (t) => {
  const table = path('cells.csv')
  const captions = ['a dog']
  const starts = ['=1+1', '+1', '-1', '@sum', 'dog']
  const all = starts.map((caption, i) => ({ image_id: `${caption}${i}`, caption, captions }))
  await run(all, { tokenizer: 'none', perImage: table })
  const cells = readFileSync(table, 'utf8')
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(',').slice(0, 2))
  t.same(cells, [
    ["'=1+10", "'=1+1"],
    ["'+11", "'+1"],
    ["'-12", "'-1"],
    ["'@sum3", "'@sum"],
    ['dog4', 'dog'],
  ])
})

const odd = [
  '',
  ' ',
  '|||',
  'a ||| b',
  'a\rb',
  'a\u2028b',
  '\ud800',
  '...',
  "n't 's",
  '1 1/2',
  '-LRB-',
  '\0',
  '"',
]

t.test('no caption makes a score that is no number', async (t) => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom(...odd))
  const one = fc.record({ caption: text, captions: fc.array(text, { minLength: 1, maxLength: 3 }) })
  const corpus = fc.array(one, { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(corpus, fc.constantFrom('ptb' as const, 'none' as const), async (all, tokenizer) => {
      const numbered = all.map((record, image_id) => ({ ...record, image_id }))
      const metrics = ['bleu', 'rouge', 'cider', 'cider-plain'] as const
      const result = await run(numbered, { metrics: [...metrics], tokenizer, bootstrap: 3 })
      const scores = result.metrics.flatMap(({ score, ci }) => [score, ...ci!])
      return scores.length === 21 && scores.every(Number.isFinite)
    }),
  )
  t.pass()
})

t.test('nor with METEOR, which takes ||| for the end of a field', async (t) => {
  const all = odd.flatMap((caption, i) =>
    odd.map((reference, j) => ({ image_id: i * odd.length + j, caption, captions: [reference, 'a cat'] })),
  )
  const { metrics } = await run(all, { metrics: ['meteor'], perImage: path('odd.jsonl') })
  const lines = readFileSync(path('odd.jsonl'), 'utf8').trimEnd().split('\n')
  const scores = lines.map((line) => (JSON.parse(line) as { METEOR: unknown }).METEOR)
  t.ok([...scores, metrics[0]!.score].every(Number.isFinite))
  t.equal(scores.length, odd.length ** 2)
})
