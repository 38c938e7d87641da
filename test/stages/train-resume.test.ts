/** `m2 train --resume`: killed or stopped at any moment, a run ends as the unbroken one does, byte for byte. */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  commandLine,
  interrupted,
  toyModel,
  train,
  trainHere,
  writeToyData,
  type Flags,
} from '../training/toy-run.js'

const folder = t.testdir()
const { train: examples, val, vocab } = await writeToyData(folder)

/** Two epochs of cross-entropy and one of self-critical training, a checkpoint every other step; or with changes. */
const flags = (out: string, changes: Flags = {}): Flags => ({
  ...toyModel,
  vocab,
  val,
  out: join(folder, out),
  'batch-size': '4',
  'captions-per-image': '2',
  'xe-epochs': '2',
  'scst-epochs': '1',
  'scst-images': '4',
  'scst-rate': '0.001',
  'log-every': '1',
  'save-every': '2',
  ...changes,
})
const command = (out: string, changes: Flags = {}) => commandLine(examples, flags(out, changes))
const resumed = (out: string, changes: Flags = {}) => command(out, { resume: true, ...changes })

const written = [
  'log.jsonl',
  'model.safetensors',
  'config.json',
  'xe/model.safetensors',
  'last/model.safetensors',
  'last/training.safetensors',
  'last/state.json',
]

async function sameFiles(t: Test, expected: string, found: string): Promise<void> {
  for (const name of written) {
    const [a, b] = await Promise.all([expected, found].map((out) => readFile(join(folder, out, name))))
    t.ok(a!.equals(b!), `${found}: ${name}`)
  }
}

/** Names inside last/ as a save goes on. */
const saving = (out: string, prefix: string) => {
  const last = join(folder, out, 'last')
  return existsSync(last) && readdirSync(last).some((name) => name.startsWith(prefix))
}

const whole = train(command('whole'))
t.equal(whole.status, 0, whole.stderr)

t.test('a run that is killed again and again equals the unbroken one', async (t) => {
  let kills = 0
  const moments: ((stdout: string) => boolean)[] = [
    () => saving('killed', '.staged-'),
    (stdout) => stdout.includes('"step":9,') && saving('killed', '.staged-'),
    (stdout) => stdout.includes('"event":"epoch"'),
    (stdout) => stdout.includes('"event":"switch"'),
    (stdout) => stdout.includes('"objective":"scst"') && saving('killed', '.commit'),
  ]
  for (const moment of moments) {
    const { signal, stderr } = await interrupted(resumed('killed'), 'SIGKILL', moment)
    if (signal === 'SIGKILL') kills++
    t.equal(stderr, '')
  }
  t.ok(kills >= 3, `${kills} kills`)
  const { status, stderr } = train(resumed('killed'))
  t.equal(status, 0, stderr)
  await sameFiles(t, 'whole', 'killed')
})

t.test('at random moments too, on two threads', async (t) => {
  const reference = train(command('two-threads', { threads: '2' }))
  t.equal(reference.status, 0, reference.stderr)
  for (let i = 0; i < 2; i++) {
    let first: number | undefined
    const wait = Math.random() * 800 // the claim is about any moment; a failure names it
    const { signal } = await interrupted(resumed('random', { threads: '2' }), 'SIGKILL', (stdout, now) => {
      if (stdout !== '') first ??= now
      return first !== undefined && now - first > wait
    })
    t.comment(`${signal ?? 'ended'} ${wait.toFixed(0)} ms after the first step`)
  }
  const { status, stderr } = train(resumed('random', { threads: '2' }))
  t.equal(status, 0, stderr)
  await sameFiles(t, 'two-threads', 'random')
})

t.test('a run that reached --max-steps resumes to a larger one', async (t) => {
  for (const steps of ['5', '5', '14']) {
    const { status, events, stderr } = train(resumed('longer', { 'max-steps': steps }))
    t.equal(status, 0, stderr)
    t.match(events.at(-1), { event: 'done', reason: 'max-steps', step: Number(steps) })
  }
  const { status } = train(resumed('longer'))
  t.equal(status, 0)
  await sameFiles(t, 'whole', 'longer')
})

t.test('SIGINT and SIGTERM save and exit 130 and 143; the resumed run ends the same', async (t) => {
  for (const [signal, code, moment] of [
    ['SIGINT', 130, '"step":3,'],
    ['SIGTERM', 143, '"event":"switch"'],
  ] as const) {
    const args = resumed('stopped', { 'save-every': '1000' })
    const { status, stderr } = await interrupted(args, signal, (stdout) => stdout.includes(moment))
    t.equal(status, code, stderr)
    t.match(stderr, /stopped and saved; continue with: m2 train .* --resume/)
  }
  const { status, stderr } = train(resumed('stopped'))
  t.equal(status, 0, stderr)
  await sameFiles(t, 'whole', 'stopped')
})

t.test('resuming what is done says so and does nothing', async (t) => {
  const { status, stdout, stderr } = train(resumed('whole'))
  t.equal(status, 0)
  t.equal(stdout, '')
  t.match(stderr, /is complete/)
  await sameFiles(t, 'killed', 'whole')
})

t.test('a run does not start in the folder of another', async (t) => {
  const { status, stderr } = await trainHere(examples, flags('whole'))
  t.equal(status, 1)
  t.match(stderr, /holds a run already; --resume continues it, --overwrite replaces it/)
})

t.test('a change that --resume does not allow is named', async (t) => {
  const other = join(folder, 'other')
  await mkdir(other)
  const document: { words: string[]; counts: number[] } = JSON.parse(await readFile(vocab, 'utf8'))
  document.words[7] = 'other'
  await writeFile(join(other, 'vocab.json'), JSON.stringify(document))
  const lines = (await readFile(examples, 'utf8')).trim().split('\n')
  await writeFile(join(other, 'fewer.jsonl'), lines.slice(1).join('\n'))
  const changes: [Flags, RegExp][] = [
    [{ seed: '2' }, /--seed was 1 when .* was begun and is 2 now/],
    [{ clip: '1' }, /--clip was not given when .* and is 1 now/],
    [{ vocab: join(other, 'vocab.json') }, /another vocabulary; --resume needs the same --vocab/],
    [{ val: join(other, 'fewer.jsonl') }, /validated on others/],
    [{ objective: 'xe' }, /is at scst, which is not one of xe/],
  ]
  for (const [change, message] of changes) {
    const { status, stderr } = await trainHere(examples, flags('whole', { resume: true, ...change }))
    t.equal(status, 1)
    t.match(stderr, message)
  }
  await sameFiles(t, 'killed', 'whole')
})
