/** `m2 train`: the recipe, its options, bad input, failures while it saves. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readModelDirectory } from '../../lib/checkpoint/directory.js'
import { near } from '../near.js'
import {
  commandLine,
  m2,
  toyModel,
  train,
  trainHere,
  writeLines,
  writeToyData,
  type Event,
  type Flags,
} from '../training/toy-run.js'

const folder = t.testdir()
const { records, train: examples, val, vocab } = await writeToyData(folder)
const outOf = (name: string) => join(folder, name)

/** A short run of cross-entropy, or with changes. */
const flags = (out: string, changes: Flags): Flags => ({
  ...toyModel,
  vocab,
  out: outOf(out),
  objective: 'xe',
  'batch-size': '8',
  'captions-per-image': '2',
  'log-every': '1',
  'scst-images': '4',
  ...changes,
})
const run = (out: string, changes: Flags = {}, file = examples) => trainHere(file, flags(out, changes))

const kinds = (events: readonly Event[]) => events.map(({ event, objective }) => `${objective} ${event}`)

const paper = commandLine(
  examples,
  flags('paper', {
    objective: 'xe,scst',
    val,
    'xe-epochs': '3',
    'scst-epochs': '2',
    'scst-rate': '0.001',
    'reward-eos': 'append',
    tensorboard: outOf('board'),
  }),
)

t.test(
  'the paper: cross-entropy until its patience ends, then self-critical training from the best',
  async (t) => {
    const { events, status, stderr } = train(paper)
    t.equal(status, 0, stderr)
    const [first] = events
    t.match(first, {
      event: 'step',
      objective: 'xe',
      epoch: 1,
      step: 1,
      loss: Number,
      rate: Number,
      gradient_norm: Number,
    })
    t.match(first, {
      seconds: Number,
      captions_per_s: Number,
      words_per_s: Number,
      busy: Number,
      memory_mb: Number,
    })
    for (const { busy, captions_per_s: captions, words_per_s: words } of events.filter(
      ({ event }) => event === 'step',
    )) {
      t.ok(Number(busy) > 0 && Number(busy) <= 1)
      t.ok(Number(words) > Number(captions))
    }
    const epochs = events.filter(({ event }) => event === 'epoch')
    t.same(
      epochs.map(({ objective, epoch }) => `${objective} ${epoch}`),
      ['xe 1', 'xe 2', 'xe 3', 'scst 4', 'scst 5'],
    )
    for (const epoch of epochs) {
      t.match(epoch, {
        loss: Number,
        val_loss: Number,
        'CIDEr-D': Number,
        'BLEU-4': Number,
        'ROUGE-L': Number,
      })
      t.equal('reward' in epoch, epoch.objective === 'scst')
    }
    t.ok(Number(epochs[2]!['loss']) < Number(epochs[0]!['loss']), 'it learns')
    t.match(
      events.find(({ event }) => event === 'switch'),
      { objective: 'xe', to: 'scst' },
    )
    t.match(events.at(-1), { event: 'done', objective: 'scst', epoch: 5 })

    const { config, vocabulary } = await readModelDirectory(outOf('paper'))
    t.match(config.origin, {
      'reward-eos': 'append',
      'reward-documents': 'caption',
      baseline: 'mean',
      seed: 1,
    })
    t.match(config.decode, { beam: 3, maxLength: 6 })
    t.equal(vocabulary.size, 30)
    await readModelDirectory(join(outOf('paper'), 'xe'))

    const log = readFileSync(join(outOf('paper'), 'log.jsonl'), 'utf8')
      .trim()
      .split('\n')
    t.equal(log.length, events.length)
    log.forEach((line, i) => t.match(events[i], JSON.parse(line)))
    t.notMatch(log.join(''), /seconds|memory/, 'the log is the same on every machine')

    const [board] = readdirSync(outOf('board'))
    const bytes = readFileSync(join(outOf('board'), board!)).toString('latin1')
    for (const name of ['xe/loss', 'scst/reward', 'validation/CIDEr-D']) t.ok(bytes.includes(name), name)

    const decoded = spawnSync(process.execPath, [m2, 'decode', '--model', outOf('paper'), '--threads', '1'], {
      input: readFileSync(val),
      encoding: 'utf8',
    })
    t.equal(decoded.status, 0, decoded.stderr)
    t.equal(decoded.stdout.trim().split('\n').length, 4)
  },
)

t.test("the reference's batches, label smoothing and clipping, without validation", async (t) => {
  const plain = await run('plain', { 'xe-epochs': '2' })
  t.same(
    kinds(plain.events).filter((kind) => !kind.endsWith('step')),
    ['xe epoch', 'xe best', 'xe epoch', 'xe best', 'xe done'],
  )
  const captions = await run('captions', { batching: 'captions', 'xe-epochs': '1' })
  t.equal(captions.events.filter(({ event }) => event === 'step').length, Math.ceil((14 * 3) / 8))
  const smooth = await run('smooth', { 'label-smoothing': '0.2', 'max-steps': '2' })
  t.ok(Number(smooth.events[0]!['loss']) !== Number(plain.events[0]!['loss']))
  const clipped = await run('clipped', { clip: '0.01', 'max-steps': '2' })
  const [found, expected] = [clipped, plain].map(({ events }) => Number(events[0]!['gradient_norm']))
  near(t, found!, expected!, 1e-5, 'the norm before clipping')
  const [a, b] = [plain, clipped].map(({ events }) => events[1]!['loss'])
  t.ok(a !== b || a === undefined, 'clipping changes the weights')
})

t.test('self-critical training alone, from a model, with every baseline', async (t) => {
  for (const baseline of ['mean', 'greedy', 'leave-one-out']) {
    const { events, status, stderr } = await run(`scst-${baseline}`, {
      objective: 'scst',
      from: outOf('plain'),
      'max-steps': '2',
      'reward-documents': 'image',
      baseline,
    })
    t.equal(status, 0, stderr)
    t.match(events[0], { objective: 'scst', reward: Number, baseline: Number })
    if (baseline === 'mean')
      near(t, Number(events[0]!['reward']), Number(events[0]!['baseline']), 1e-5, 'reward and baseline')
  }
})

t.test('a run without any time can be resumed', async (t) => {
  const { events, status } = await run('none', { 'max-minutes': '0' })
  t.equal(status, 0)
  t.match(events, [{ event: 'done', reason: 'max-minutes', step: 0 }])
  t.match((await run('none', { resume: true, 'max-steps': '1' })).events, [
    { step: 1 },
    { event: 'done', reason: 'max-steps' },
  ])
})

t.test('captions as long as the model takes them, and longer', async (t) => {
  const [record] = records
  const file = outOf('long.jsonl')
  const long = (words: number) => [
    { ...record!, tokens: [Array.from({ length: words }, () => 'aa')] },
    ...records.slice(1),
  ]
  await writeLines(file, long(53))
  t.equal((await run('longest', { 'xe-epochs': '1', val: file }, file)).status, 0)
  await writeLines(file, long(54))
  const { status, stderr } = await run('longer', {}, file)
  t.equal(status, 1)
  t.match(
    stderr,
    /image 0: a caption has 54 words, the model takes 53; --cut-captions cuts it: "aa aa .*long\.jsonl:1/,
  )
  t.equal((await run('cut', { 'cut-captions': true, 'max-steps': '1' }, file)).status, 0)
})

t.test('bad input is named', async (t) => {
  const [record] = records as [(typeof records)[0]]
  const file = outOf('bad.jsonl')
  const { features: _, ...bare } = record
  const cases: [object[], Flags, number, RegExp][] = [
    [[], {}, 1, /bad\.jsonl: the file is empty/],
    [[bare], {}, 1, /expected features for image 0; m2 features FILE\.hdf5 adds them.*bad\.jsonl:1/],
    [[{ ...record, tokens: [['dog', 'cat']] }], {}, 1, /no word of its captions is in the vocabulary/],
    [[{ ...record, tokens: [[]] }], {}, 1, /expected captions with words for image 0/],
    [[record], { width: '15' }, 2, /--width 15 does not divide into 2 heads/],
    [[record], { 'max-length': '54' }, 2, /--max-length 54: the model's longest caption has 53 words/],
    [[record], { beam: '31' }, 2, /--beam 31 is more than the vocabulary's 30 words/],
  ]
  for (const [given, changes, code, message] of cases) {
    await writeLines(file, given)
    const { status, stderr } = await run('bad', changes, file)
    t.equal(status, code, stderr)
    t.match(stderr, message)
  }
})

t.test(
  'features that vanish in the middle of an epoch: an error that names them, and the run is saved',
  async (t) => {
    const cut = outOf('cut')
    await mkdir(cut, { recursive: true })
    const file = join(cut, 'features.hdf5')
    await copyFile(join(folder, 'features.hdf5'), file)
    const moved = records.map((record) => ({ ...record, features: { ...record.features, file } }))
    const given = outOf('moved.jsonl')
    const gone = { ...moved[9]!, features: { ...moved[9]!.features, dataset: '99_features' } }
    await writeLines(
      given,
      moved.map((record, i) => (i === 9 ? gone : record)),
    )
    const { status, events, stderr } = await run('vanished', { 'batch-size': '2' }, given)
    t.equal(status, 1)
    t.match(stderr, /99_features/)
    const state: { state?: unknown; position: { step: number } } = JSON.parse(
      readFileSync(join(outOf('vanished'), 'last', 'state.json'), 'utf8'),
    )
    t.equal(state.position.step, events.length)

    truncateSync(file, Math.floor(statSync(file).size / 2))
    await writeLines(given, moved)
    const truncated = await run('truncated', { 'batch-size': '2' }, given)
    t.equal(truncated.status, 1)
    t.match(truncated.stderr, /features\.hdf5/)
  },
)

t.test('training that diverges stops with a reason, and the checkpoint is from before', async (t) => {
  const { status, stderr } = await run('diverged', { rate: '1e38', 'save-every': '1' })
  t.equal(status, 1)
  t.match(stderr, /training diverged/)
  const { parameters } = await readModelDirectory(join(outOf('diverged'), 'last'))
  t.ok(Object.values(parameters).every(({ data }) => data.every((value) => Number.isFinite(Number(value)))))
})

const small = outOf('small-disk')
await mkdir(small)
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', small]).status === 0
const noMount = mounted ? false : 'mounting a small file system is not allowed here'

t.test(
  'a disk that fills up while saving leaves the checkpoint that was there',
  { skip: noMount },
  async (t) => {
    t.teardown(() => spawnSync('umount', [small]))
    const { status, stderr } = await run(join('small-disk', 'run'), { 'save-every': '1', 'xe-epochs': '2' })
    t.equal(status, 1, stderr)
    t.match(stderr, /ENOSPC|no space/)
    t.ok(existsSync(join(small, 'run', 'last', 'state.json')))
    await readModelDirectory(join(small, 'run', 'last'))
    t.notOk(readdirSync(join(small, 'run', 'last')).some((name) => name.startsWith('.')))
  },
)

t.test('a reader that closes the pipe ends the run, which --resume continues', async (t) => {
  const args = commandLine(examples, flags('head', { 'xe-epochs': '2', 'save-every': '1' }))
  const command = [process.execPath, m2, 'train', ...args].map((word) => `"${word}"`).join(' ')
  const { stdout, stderr } = spawnSync('bash', ['-c', `${command} | head -n 2; echo "\${PIPESTATUS[0]}"`], {
    encoding: 'utf8',
  })
  t.match(stdout, /"step":2,.*\n0\n$/, stderr)
  rmSync(outOf('head'), { recursive: true })
})
