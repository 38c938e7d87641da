import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { readSafetensors } from '../../lib/formats/safetensors.js'
import { createFeatureFile } from '../../lib/formats/hdf5/writer.js'
import { toyConfig, toyWords, writeToyFeatures, writeToyModel } from '../decoding/toy-model.js'
import { near } from '../near.js'
import { noShared, shared } from '../shared.js'

interface Decoded {
  image_id: number
  caption: string
  log_prob: number
  eos: boolean
  raw?: string
  beams?: { caption: string; ids: number[]; log_prob: number; word_log_probs: number[] }[]
}

const m2 = resolve('dist/bin/m2.js')

function run(args: readonly string[], records: readonly object[] = [], environment = {}) {
  const input = records.map((record) => JSON.stringify(record)).join('\n')
  const { stdout, stderr, status } = spawnSync(process.execPath, [m2, ...args], {
    input,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  })
  const decoded = stdout
    .split('\n')
    .filter(Boolean)
    .map((line): Decoded => JSON.parse(line))
  return { decoded, stderr, status }
}

const folder = t.testdir()
const model = join(folder, 'model')
const other = join(folder, 'other')
await writeToyModel(model)
await writeToyModel(other, 2)
const records = await writeToyFeatures(folder, 23)
const decode = (args: readonly string[], given: readonly object[] = records, environment = {}) =>
  run(['decode', '--model', model, '--threads', '1', ...args], given, environment)

t.test('captions in the order of the records, whose other fields ride along', async (t) => {
  const { decoded, status, stderr } = decode(
    [],
    records.map((record) => ({ ...record, captions: ['aa'] })),
  )
  t.equal(status, 0, stderr)
  t.same(
    decoded.map((record) => record.image_id),
    records.map((record) => record.image_id),
  )
  for (const record of decoded)
    t.match(record, {
      captions: ['aa'],
      log_prob: Number,
      eos: Boolean,
      caption: /^([a-z<>]+( [a-z<>]+)*)?$/,
    })
  t.ok(new Set(decoded.map(({ caption }) => caption)).size > 3, 'captions differ')
})

t.test('continuous batching gives what one image at a time gives, in every option', async (t) => {
  const constrained = records.map((record, i) => ({
    ...record,
    constraints: [[], [['bb', 'cc']], [['dd'], ['ee'], ['ff']]][i % 3],
  }))
  const options: [string[], object[]][] = [
    [['--n-best', '3'], records],
    [['--beam', '1'], records],
    [
      [
        '--beam',
        '4',
        '--length-penalty',
        '0.8',
        '--block-trigrams',
        '--suppress-unk',
        '--min-length',
        '4',
        '--no-bad-endings',
      ],
      records,
    ],
    [['--beam', '6', '--diverse', '3', '--n-best', '6'], records],
    [['--sample', '--top-p', '0.9', '--temperature', '1.3', '--n-best', '2', '--seed', '5'], records],
    [['--beam', '2'], constrained],
  ]
  for (const [args, given] of options) {
    const together = decode([...args, '--slots', '7'], given)
    const alone = decode([...args, '--slots', '1'], given)
    t.equal(together.status, 0, together.stderr)
    same(t, together.decoded, alone.decoded, args.join(' '))
  }
})

/** The same words, and log-probabilities but for the order of sums. */
function same(t: Test, found: Decoded[], expected: Decoded[], what: string): void {
  t.same(found.map(withoutLogProbs), expected.map(withoutLogProbs), what)
  near(t, logProbsOf(found), logProbsOf(expected), 1e-4, `${what}: log-probabilities`)
}

const withoutLogProbs = ({ beams, ...rest }: Decoded) => ({
  ...rest,
  log_prob: undefined,
  beams: beams?.map(({ ids }) => ids),
})

const logProbsOf = (decoded: Decoded[]) =>
  decoded.flatMap(({ log_prob, beams = [] }) => [log_prob, ...beams.map(({ log_prob }) => log_prob)])

t.test('beams, raw captions and ids belong together', async (t) => {
  const { decoded } = decode(['--n-best', '3', '--raw'])
  for (const { caption, raw, beams, log_prob, eos } of decoded) {
    const [best] = beams!
    t.equal(beams!.length, 3)
    t.equal(best!.caption, caption)
    t.equal(best!.log_prob, log_prob)
    t.equal(best!.ids.at(-1) === 3, eos)
    t.equal(
      best!.ids
        .filter((id) => id !== 3)
        .map((id) => toyWords[id])
        .join(' '),
      raw,
    )
    near(
      t,
      best!.word_log_probs.reduce((a, b) => a + b, 0),
      log_prob,
      1e-4,
    )
    t.notOk(/\b(\w+) \1\b/.test(caption), 'no word twice in a row')
  }
})

t.test('an ensemble differs from its models, and constraints are met', async (t) => {
  const both = run(['decode', '--model', `${model},${other}`, '--threads', '1'], records)
  t.equal(both.status, 0, both.stderr)
  t.not(
    JSON.stringify(both.decoded.map((r) => r.caption)),
    JSON.stringify(decode([]).decoded.map((r) => r.caption)),
  )
  const { decoded } = decode(
    [],
    records.map((record) => ({ ...record, constraints: [['bb', 'cc'], ['zz']] })),
  )
  for (const { caption } of decoded) t.match(caption, /^(?=.*\b(bb|cc)\b)(?=.*\bzz\b)/)
})

t.test('shards are the whole, by option or by rank', async (t) => {
  const whole = decode([]).decoded
  const shards = [0, 1].map((i) => decode(['--shard', `${i}/2`]).decoded)
  same(
    t,
    shards.flat().sort((a, b) => a.image_id - b.image_id),
    whole,
    'shards',
  )
  const rank = decode([], records, { OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '2' })
  same(t, rank.decoded, shards[1]!, 'a rank')
})

t.test('int8 captions every image, on the engine that has it', async (t) => {
  const { decoded, status, stderr } = decode(['--precision', 'int8'])
  t.equal(status, 0, stderr)
  t.same(
    decoded.map((record) => record.image_id),
    records.map((record) => record.image_id),
  )
  const refused = decode(['--precision', 'int8', '--engine', 'cpu'])
  t.equal(refused.status, 1)
  t.match(refused.stderr, /the engine cpu computes in float32/)
})

t.test('jobs that share the images give what one gives', async (t) => {
  const TMPDIR = t.testdir()
  const together = decode(['--jobs', '3', '--slots', '3', '--n-best', '2'], records, { TMPDIR })
  t.equal(together.status, 0, together.stderr)
  t.same(
    readdirSync(TMPDIR),
    [],
    'neither packed parameters nor reports to the maker of ONNX Runtime are left',
  )
  same(t, together.decoded, decode(['--slots', '3', '--n-best', '2']).decoded, 'jobs')
  const none = { ...records[0]!, image_id: 99, features: { shape: [0, 8], dtype: 'float32', data: '' } }
  const failed = decode(['--jobs', '2', '--slots', '4'], [...records, none])
  t.equal(failed.status, 1)
  t.match(failed.stderr, /image 99 has no regions/)
  const going = decode(['--jobs', '2', '--slots', '4', '--keep-going'], [none, ...records])
  t.equal(going.status, 1)
  t.equal(going.decoded.length, records.length)
  const refused = decode(['--jobs', '2', '--engine', 'cpu'])
  t.equal(refused.status, 2)
  t.match(refused.stderr, /--jobs 2 goes with --engine onnxruntime on --device cpu only/)
})

t.test('bad input is named', async (t) => {
  const [record] = records as [(typeof records)[0]]
  const narrow = { ...record, features: { ...record.features, shape: [1, 7] } }
  const none = { ...record, image_id: 99, features: { shape: [0, 8], dtype: 'float32', data: '' } }
  const fails: [string[], object[], number, RegExp][] = [
    [[], [narrow], 1, /expected features of width 8, got 7/],
    [[], [none], 1, /image 99 has no regions/],
    [[], [{ ...record, constraints: [['dog']] }], 1, /the constraint "dog" is not in the model's vocabulary/],
    [['--beam', '31'], [record], 2, /--beam 31 is more than the vocabulary's 30 words/],
    [['--beam', '5', '--diverse', '2'], [record], 2, /--beam 5 does not divide into 2 groups/],
    [['--n-best', '9'], [record], 2, /--n-best 9 needs at least as wide a --beam/],
    [['--max-length', '12'], [record], 2, /the model's longest caption has 11 words/],
    [['--shard', '2/2'], [record], 2, /--shard: expected I\/N/],
  ]
  for (const [args, given, code, message] of fails) {
    const { status, stderr } = decode(args, given)
    t.equal(status, code, stderr)
    t.match(stderr, message)
  }
  const going = decode(['--keep-going'], [narrow, record, none, records[1]!])
  t.equal(going.status, 1)
  t.same(
    going.decoded.map(({ image_id }) => image_id),
    [0, 1],
  )
  t.match(going.stderr, /"line":1[\s\S]*"line":3/)

  const small = join(folder, 'small')
  await writeToyModel(small, 1, { ...toyConfig, vocabularySize: 20 })
  const mixed = run(['decode', '--model', `${model},${small}`], [record])
  t.equal(mixed.status, 1)
  t.match(mixed.stderr, /has another vocabulary than/)

  const many = await writeToyFeatures(t.testdir(), 9, { most: 9 })
  t.match(decode([], many).stderr, /4 images have more than 5 regions; the model takes the first 5/)
})

t.test('a reader that has had enough is no error', async (t) => {
  const input = records.map((record) => JSON.stringify(record)).join('\n')
  const { stdout, stderr } = spawnSync(
    'bash',
    [
      '-c',
      `"${process.execPath}" "${m2}" decode --model "${model}" --threads 1 | head -n 1; echo "\${PIPESTATUS[0]}"`,
    ],
    { input, encoding: 'utf8' },
  )
  const [first = '', status] = stdout.trim().split('\n')
  t.match(JSON.parse(first), { image_id: 0 })
  t.equal(status, '0', stderr)
})

t.test(
  'the reference: both checkpoints, imported and decoded by the command',
  { skip: shared('goldens', 'model', 'tiny') ? false : noShared },
  async (t) => {
    const tiny = shared('goldens', 'model', 'tiny')!
    const sizes: { h: number; d_in: number; vocab_size: number } = JSON.parse(
      await readFile(join(tiny, 'config.json'), 'utf8'),
    )
    const expected = await readSafetensors(join(tiny, 'golden.safetensors'))
    const work = t.testdir({ 'vocab.json': JSON.stringify(vocabularyOf(sizes.vocab_size)) })
    const { shape, data } = expected['features']!
    const [images, regions, width] = shape as [number, number, number]
    const path = join(work, 'features.hdf5')
    const file = await createFeatureFile(path)
    const given = []
    for (let i = 0; i < images; i++) {
      const dataset = `${i}_features`
      await file.add(dataset, (data as Float32Array).slice(i * regions * width, (i + 1) * regions * width), [
        regions,
        width,
      ])
      given.push({ image_id: i, features: { file: path, dataset, shape: [regions, width] } })
    }
    await file.close()
    for (const checkpoint of ['model-zip.pth', 'model-legacy.pth']) {
      const out = join(work, checkpoint)
      const imported = run([
        'import',
        join(tiny, checkpoint),
        '--vocab',
        join(work, 'vocab.json'),
        '--out',
        out,
        '--heads',
        String(sizes.h),
        '--regions',
        String(regions),
      ])
      t.equal(imported.status, 0, imported.stderr)
      for (const beam of [1, 3, 5]) {
        const { decoded, stderr } = run(
          ['decode', '--model', out, '--beam', String(beam), '--n-best', String(beam), '--threads', '1'],
          given,
        )
        const words = expected[`beam${beam}_words`]!.data
        const logProbs = expected[`beam${beam}_log_probs`]!.data as Float32Array // as goldens are
        const found = decoded.flatMap(({ beams = [] }) => beams)
        t.same(
          found.flatMap(({ ids }) => padded(ids)),
          Array.from(words, Number),
          `${checkpoint}, beam ${beam}: words ${stderr}`,
        )
        const foundLogProbs = found.flatMap((one) => padded(one.word_log_probs))
        near(t, foundLogProbs, logProbs, 1e-4, `${checkpoint}, beam ${beam}: log-probabilities`)
      }
    }
  },
)

const vocabularyOf = (size: number) => {
  const words = ['<unk>', '<pad>', '<bos>', '<eos>', ...Array.from({ length: size - 4 }, (_, i) => `w${i}`)]
  return { words, counts: words.map(() => 1) }
}
const padded = (values: readonly number[]) => [
  ...values,
  ...Array.from({ length: 20 - values.length }, () => 0),
]
