/** Languages other than English, from captions to scores: tokens, training, captions and their scores agree. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { MetricRecord } from '../../lib/records.js'
import { m2 } from '../training/toy-run.js'

/** Runs the command with records on stdin; returns the records on stdout. */
function run<T>(argv: string[], input: readonly object[] = []): { records: T[]; stderr: string } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [m2, ...argv], {
    input: input.map((record) => JSON.stringify(record)).join('\n'),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`m2 ${argv.join(' ')}: ${status} ${stderr}`)
  const lines = stdout.trim().split('\n').filter(Boolean)
  return { stderr, records: lines.map((line) => JSON.parse(line) as T) } // of the stage that was run
}

/** Sentences of who, where and what, two of each image; the features say which. */
interface Data {
  language: string
  tokenizer: 'unicode' | 'characters'
  who: readonly [string, string][]
  where: readonly [string, string][]
  what: readonly [string, string][]
  sentence(who: string, where: string, what: string): string
}
const korean: Data = {
  language: 'ko',
  tokenizer: 'unicode',
  who: [
    ['개가', '강아지가'],
    ['아이가', '꼬마가'],
    ['고양이가', '새끼 고양이가'],
    ['여자가', '한 여자가'],
  ],
  where: [
    ['공원에서', '넓은 공원에서'],
    ['바닷가에서', '해변에서'],
    ['방에서', '작은 방에서'],
  ],
  what: [
    ['달린다', '뛰고 있다'],
    ['잔다', '자고 있다'],
  ],
  sentence: (who, where, what) => `${who} ${where} ${what}.`,
}
const chinese: Data = {
  language: 'zh',
  tokenizer: 'unicode',
  who: [
    ['一只狗', '小狗'],
    ['一个孩子', '孩子'],
    ['一只猫', '小猫'],
    ['一个女人', '女人'],
  ],
  where: [
    ['在公园里', '在大公园里'],
    ['在海边', '在沙滩上'],
    ['在房间里', '在小房间里'],
  ],
  what: [
    ['跑步', '奔跑'],
    ['睡觉', '休息'],
  ],
  sentence: (who, where, what) => `${who}${where}${what}。`,
}

/** All images of a language: a region each for who, where and what, and captions by one or the other name. */
function imagesOf({ who, where, what, sentence }: Data) {
  return who.flatMap((a, i) =>
    where.flatMap((b, j) =>
      what.map((c, k) => {
        const rows = new Float32Array(3 * 12)
        rows[i] = rows[12 + 4 + j] = rows[24 + 8 + k] = 3
        const captions = ([0, 1] as const).map((name) => sentence(a[name], b[name], c[name]))
        const features = {
          data: Buffer.from(rows.buffer).toString('base64'),
          shape: [3, 12],
          dtype: 'float32',
        }
        return { image_id: `${i}-${j}-${k}`, captions, features }
      }),
    ),
  )
}

t.setTimeout(300_000) // three short trainings
for (const data of [korean, chinese, { ...chinese, tokenizer: 'characters' as const }])
  t.test(`${data.language}, ${data.tokenizer}: captions learned and scored in its own words`, async (t) => {
    t.setTimeout(120_000)
    const folder = t.testdir()
    const split = ['--tokenizer', data.tokenizer, '--language', data.language]
    const images = run<object>(['tokenize', ...split], imagesOf(data)).records
    const train = join(folder, 'train.jsonl')
    writeFileSync(train, images.map((image) => `${JSON.stringify(image)}\n`).join(''))
    const [vocabulary] = run<{ words: string[] }>(['vocab', '--min-freq', '1'], images).records
    const vocab = join(folder, 'vocab.json')
    writeFileSync(vocab, JSON.stringify(vocabulary))
    t.ok(vocabulary!.words.length > 16, vocabulary!.words.join(' '))

    const model = join(folder, 'model')
    const small = ['--width', '32', '--heads', '2', '--layers', '1', '--memory-slots', '0', '--dropout', '0']
    const short = [
      '--objective',
      'xe',
      '--xe-epochs',
      '30',
      '--warmup',
      '60',
      '--batch-size',
      '16',
      '--threads',
      '1',
    ]
    run(['train', train, '--vocab', vocab, '--out', model, ...small, ...short])
    const decoded = run<{ caption: string }>(['decode', '--model', model, '--threads', '1'], images).records
    const { records: scores, stderr } = run<MetricRecord>(['score', ...split], decoded)
    const of = (name: string) => scores.find(({ metric }) => metric === name)
    const example = decoded[0]!.caption
    t.ok(of('CIDEr-D')!.score > 2, `CIDEr-D ${of('CIDEr-D')!.score}, such as "${example}"`)
    t.match(of('CIDEr-D')!.signature, `|tok:${data.tokenizer}:${data.language}|`)
    t.equal(of('METEOR'), undefined)
    t.match(stderr, /METEOR is left out: its stems, synonyms and paraphrases are those of English/)
  })

t.test('a language is of the tokenizers that take one', async (t) => {
  t.throws(() => run(['tokenize', '--language', 'zh'], []), /--tokenizer spacy is for English/)
  t.throws(
    () => run(['score', '--language', 'zh'], []),
    /--language is for --tokenizer unicode and characters/,
  )
  t.match(readFileSync('docs/languages.md', 'utf8'), '--tokenizer unicode --language')
})
