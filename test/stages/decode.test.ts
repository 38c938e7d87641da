import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readSafetensors } from '../../lib/formats/safetensors.js'
import { createFeatureFile } from '../../lib/formats/hdf5/writer.js'
import { toyWords, writeToyModel } from '../decoding/toy-model.js'
import { near } from '../near.js'
import { noShared, shared } from '../shared.js'
import { decode, folder, model, records, run, same } from './decode-command.js'

const other = join(folder, 'other')
await writeToyModel(other, 2)

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
  const constrained = (constraints: string[][]) =>
    decode(
      [],
      records.map((record) => ({ ...record, constraints })),
    ).decoded
  for (const { caption, constraints_met } of constrained([['bb', 'cc'], ['zz']])) {
    t.match(caption, /^(?=.*\b(bb|cc)\b)(?=.*\bzz\b)/)
    t.same(constraints_met, [true, true])
  }
  const wanted = ['bb', 'kk', 'zz']
  for (const { caption, constraints_met } of constrained(wanted.map((word) => [word]))) {
    t.same(
      constraints_met,
      wanted.map((word) => caption.split(' ').includes(word)),
      'the record tells which were met',
    )
    t.ok(constraints_met!.filter(Boolean).length >= 2, 'two of three are enough')
  }
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
  t.match(rank.stderr, /captions shard 1\/2 of the images, because mpirun runs 2 processes.*--shard 1\/1/)
  const task = { SLURM_PROCID: '1', SLURM_NTASKS: '2', SLURM_STEP_ID: '0' }
  const step = decode([], records, task)
  same(t, step.decoded, shards[1]!, 'a task of srun')
  t.match(step.stderr, /because srun runs 2 processes, and this one is SLURM_PROCID 1/)
  const { SLURM_STEP_ID: _, ...batch } = task
  const script = decode([], records, batch)
  same(t, script.decoded, whole, 'all images, in a batch script')
  t.equal(script.stderr, '')
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
