/** The library: options as the command checks them, nothing on stderr, and its metrics without an engine. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { file, libraryOptions } from '../../bin/library-options.js'
import {
  DataError,
  UsageError,
  tokenize,
  captions,
  compare as compareFile,
  score as scoreStage,
} from '../../lib/library/index.js'
import { compare, score } from '../../lib/library/metrics.js'
import { collect } from '../stages/collect.js'

t.test('the types of the options are those that the stages declare', async (t) => {
  t.equal(readFileSync(file, 'utf8'), await libraryOptions(), 'make docs brings them up to date')
})

const records = [
  { image_id: 1, captions: ['A dog.'], mine: 'kept' },
  { image_id: 2, captions: ['Two cats.'], mine: 'too' },
]

t.test('records of a list pass through a stage, with their own fields', async (t) => {
  t.same(await collect(tokenize(records)), [
    { ...records[0], tokens: [['a', 'dog']] },
    { ...records[1], tokens: [['two', 'cats']] },
  ])
})

t.test('options are checked as the command checks them', async (t) => {
  const wrong: [object, RegExp][] = [
    [
      { tokenizer: 'spaci' },
      /tokenize: tokenizer: expected spacy, ptb, .*; got "spaci"\. Did you mean spacy\?/,
    ],
    [{ tokeniser: 'ptb' }, /tokenize: unknown option tokeniser\. Did you mean tokenizer\?/],
  ]
  for (const [options, message] of wrong) {
    const error: unknown = await collect(tokenize(records, options)).catch((error: unknown) => error)
    t.type(error, UsageError)
    t.match(error instanceof Error && error.message, message)
  }
  const needed: unknown = await collect(captions({} as { files: string })).catch((error: unknown) => error)
  t.match(needed instanceof UsageError && needed.message, /captions: files is needed/)
  const limit: unknown = await collect(captions({ files: 'a.json', limit: 0 })).catch(
    (error: unknown) => error,
  )
  t.match(
    limit instanceof UsageError && limit.message,
    /captions: limit: expected an integer of at least 1, got 0/,
  )
})

t.test('a record that does not fit is named, or left out', async (t) => {
  const bad = [...records, { image_id: 3 } as unknown as (typeof records)[0]]
  await t.rejects(collect(tokenize(bad)), new DataError('record 3: captions: expected array, got nothing'))
  const said: string[] = []
  const reject = ({ message }: DataError) => void said.push(message)
  t.equal((await collect(tokenize(bad, {}, { reject }))).length, 2)
  t.same(said, ['record 3: captions: expected array, got nothing'])
})

t.test('an abort ends a stage', async (t) => {
  const controller = new AbortController()
  const seen = []
  await t.rejects(async () => {
    for await (const record of tokenize(records, {}, { signal: controller.signal })) {
      seen.push(record)
      controller.abort(new Error('enough'))
    }
  }, /enough/)
  t.equal(seen.length, 1)
})

const candidates = [
  { image_id: 1, caption: 'a dog runs' },
  { image_id: 2, caption: 'two cats' },
]
const references = [
  { image_id: '2', captions: ['Two cats.', 'Cats.'] },
  { image_id: 1, captions: ['A dog is running.'] },
]

t.test('scores in memory are those of the stage', async (t) => {
  const metrics = ['bleu', 'rouge', 'cider'] as const
  const along = [
    { ...candidates[1]!, captions: references[0]!.captions },
    { ...candidates[0]!, captions: references[1]!.captions },
  ]
  const found = await score({ candidates, references, metrics })
  t.same(found, await collect(scoreStage(along, { metrics })))
  t.same(found, await score({ candidates: along, metrics }))
  t.equal(found.length, 6)
})

t.test('images that only one side has are an error, unless intersect leaves them out', async (t) => {
  const fewer = references.slice(1)
  await t.rejects(
    score({ candidates, references: fewer, metrics: ['bleu'] }),
    /1 of 2 candidates \(image 2\) has no references in references\. --intersect|intersect/,
  )
  const notes: string[] = []
  const note = (message: string) => void notes.push(message)
  const [first] = await score({ candidates, references: fewer, metrics: ['bleu'], intersect: true }, { note })
  t.equal(first?.n, 1)
})

t.test('comparisons in memory: a tolerance for each metric, and what is missing', async (t) => {
  const signature = 's'
  const scores = [
    { metric: 'BLEU-4', score: 0.3, n: 2, signature },
    { metric: 'CIDEr-D', score: 1.1, n: 2, signature },
  ]
  const baseline = [
    { metric: 'BLEU-4', score: 0.35, n: 2, signature },
    { metric: 'CIDEr-D', score: 1.2, n: 2, signature },
    { metric: 'METEOR', score: 0.2, n: 2, signature },
  ]
  const rows = compare({ scores, baseline, tolerance: { 'BLEU-4': 0.1 } })
  t.same(
    rows.map(({ metric, ok }) => [metric, ok]),
    [
      ['BLEU-4', true],
      ['CIDEr-D', false],
      ['METEOR', false],
    ],
  )
  t.same(
    compare({ scores, baseline: scores }).map(({ delta }) => delta),
    [0, 0],
  )
  await t.rejects(collect(compareFile(scores, { baseline: 'nowhere.jsonl' })), /nowhere\.jsonl/)
})

t.test('m2-captioning/metrics loads no engine, and says nothing', async (t) => {
  const script = `
    import { score } from 'm2-captioning/metrics'
    import { ptb } from 'm2-captioning/tokenizers'
    const metrics = await score({ candidates: [{ image_id: 1, caption: 'a', captions: ['a'] }], metrics: ['bleu', 'cider'] })
    console.log(JSON.stringify([metrics.length, ptb(['A dog.']), typeof globalThis._tfengine,
      process.report.getReport().sharedObjects.filter((name) => /onnxruntime|koffi/.test(name))]))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  t.equal(stderr, '')
  t.same(JSON.parse(stdout), [5, [['a', 'dog']], 'undefined', []])
})
