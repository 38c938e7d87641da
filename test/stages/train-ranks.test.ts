/** `m2 train` in micro-batches and on several ranks: the model that one process trains. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { near } from '../near.js'
import {
  commandLine,
  differences,
  m2,
  toyModel,
  train,
  writeLines,
  writeToyData,
  type Event,
  type Flags,
} from '../training/toy-run.js'

const skip =
  spawnSync('mpirun', ['--version']).status === 0 ? false : 'no mpirun on this machine (Debian: openmpi-bin)'

const folder = t.testdir()
const { records, train: examples, val, vocab } = await writeToyData(folder)
const launcher = ['mpirun', '--allow-run-as-root', '--oversubscribe', '--bind-to', 'none', '-n', '2']

const command = (out: string, changes: Flags, file = examples) =>
  commandLine(file, {
    ...toyModel,
    vocab,
    out: join(folder, out),
    'batch-size': '8',
    'captions-per-image': '2',
    'log-every': '1',
    'scst-images': '4',
    'scst-rate': '0.001',
    ...changes,
  })

async function sameWeights(t: Test, a: string, b: string): Promise<void> {
  const [first] = await differences(...([a, b].map((out) => join(folder, out, 'last')) as [string, string]))
  near(t, first![1], 0, 1e-5, `${a}, ${b}: ${first![0]}`)
}

const xe: Flags = { objective: 'xe', 'max-steps': '5' }
const one = train(command('one', xe))
t.equal(one.status, 0, one.stderr)
const scst: Flags = { objective: 'scst', from: join(folder, 'one'), 'max-steps': '3' }
const oneScst = train(command('one-scst', scst))
t.equal(oneScst.status, 0, oneScst.stderr)

t.test('weights move far enough for the comparisons below to mean something', async (t) => {
  const moved = await differences(join(folder, 'one'), join(folder, 'one-scst'))
  t.ok(moved.filter(([, by]) => by > 1e-3).length > moved.length / 2)
  t.ok(one.events[4]!['loss'] !== one.events[0]!['loss'])
})

t.test('a batch in micro-batches is the batch', async (t) => {
  for (const [out, objective, whole] of [
    ['parts', xe, 'one'],
    ['parts-scst', scst, 'one-scst'],
  ] as const) {
    const { status, events, stderr } = train(command(out, { ...objective, 'micro-batch': '3' }))
    t.equal(status, 0, stderr)
    t.ok(events.length > 3)
    await sameWeights(t, out, whole)
  }
})

t.test('two ranks train the model that one trains, and the first alone writes', { skip }, async (t) => {
  for (const [out, objective, whole, alone] of [
    ['ranks', { ...xe, val }, 'one', one],
    ['ranks-scst', scst, 'one-scst', oneScst],
  ] as const) {
    const { status, events, stderr } = train(command(out, objective), { launcher })
    t.equal(status, 0, stderr)
    const [found, expected] = [events, alone.events].map((said) =>
      said.filter(({ event }) => event === 'step'),
    ) as [Event[], Event[]]
    t.equal(found.length, expected.length, 'one line a step, for all ranks together')
    for (const [i, step] of found.entries())
      for (const figure of ['loss', 'gradient_norm', ...('reward' in step ? ['reward', 'baseline'] : [])])
        near(t, Number(step[figure]), Number(expected[i]![figure]), 1e-5, `step ${i}: ${figure}`)
    const log = readFileSync(join(folder, out, 'log.jsonl'), 'utf8')
    t.equal(log.trim().split('\n').length, events.length)
    await sameWeights(t, out, whole)
  }
})

t.test('two ranks that stopped resume to the same bytes', { skip }, async (t) => {
  const flags = (out: string, steps: string): Flags => ({ ...xe, 'max-steps': steps, out: join(folder, out) })
  for (const [out, steps] of [
    ['ranks-whole', '6'],
    ['ranks-halves', '3'],
    ['ranks-halves', '6'],
  ] as const) {
    const { status, stderr } = train(command(out, { ...flags(out, steps), resume: true }), { launcher })
    t.equal(status, 0, stderr)
  }
  for (const name of ['model.safetensors', 'last/model.safetensors', 'last/training.safetensors']) {
    const [whole, halves] = ['ranks-whole', 'ranks-halves'].map((out) =>
      readFileSync(join(folder, out, name)),
    )
    t.ok(whole!.equals(halves!), name)
  }
  const { status, events } = train(command('ranks-halves', { ...flags('ranks-halves', '8'), resume: true }))
  t.equal(status, 0, 'one rank alone can resume it')
  t.match(events.at(-1), { step: 8 })
})

t.test(
  'validation is divided among the ranks, and its figures are those of one process',
  { skip },
  async (t) => {
    const args: Flags = { objective: 'xe', 'xe-epochs': '1', val }
    const [alone, shared] = [
      train(command('validated', args)),
      train(command('validated-ranks', args), { launcher }),
    ]
    const [a, b] = [alone, shared].map(({ events }) => events.find(({ event }) => event === 'epoch'))
    t.ok(a && b, shared.stderr)
    for (const figure of ['val_loss', 'CIDEr-D', 'BLEU-4', 'ROUGE-L'])
      near(t, Number(a![figure]), Number(b![figure]), 1e-4, figure)
  },
)

t.test('when one rank fails all stop, with its message', { skip }, async (t) => {
  const broken = join(folder, 'broken.jsonl')
  await writeLines(
    broken,
    records
      .slice(0, 4)
      .map((record, i) =>
        i < 3 ? record : { ...record, features: { ...record.features, dataset: 'gone' } },
      ),
  )
  const { status, stderr, signal } = train(command('broken', xe, broken), { launcher })
  t.equal(signal, null, 'no hang')
  t.not(status, 0)
  t.match(stderr, /rank [01] of 2: .*gone/)
})

const noProc = skip || (process.platform === 'linux' ? false : 'finds the ranks in /proc')

t.test('when one rank is killed the others end as well', { skip: noProc }, async (t) => {
  const args = [...launcher, process.execPath, m2, 'train', ...command('killed', { objective: 'xe' })]
  const run = spawn(args[0]!, args.slice(1), { env: { ...process.env, NODE_OPTIONS: '' } })
  const ended = once(run, 'close')
  let said = ''
  run.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await once(run.stdout, 'data') // the first step: both are at work
  const children = readFileSync(`/proc/${run.pid}/task/${run.pid}/children`, 'utf8').trim().split(' ')
  process.kill(Number(children.at(-1)), 'SIGKILL')
  const [status] = await ended
  t.not(status, 0)
  t.match(said, /signal 9|Killed/)
})

t.test('ranks cannot share stdin', { skip }, async (t) => {
  mkdirSync(join(folder, 'stdin'))
  const { status, stderr } = train(command('stdin', {}).slice(1), { launcher, input: '{}' })
  t.not(status, 0)
  t.match(stderr, /mpirun gives stdin to its first process alone; name the file/)
})
