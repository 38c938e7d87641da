/** `m2 train` where files are damaged, a disk is full or read-only, or another process trains in the folder. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readSafetensors, writeSafetensors } from '../../lib/formats/safetensors.js'
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
const { train: examples, vocab } = await writeToyData(folder)
const outOf = (name: string) => join(folder, name)
const flags = (out: string, changes: Flags = {}): Flags => ({
  ...toyModel,
  vocab,
  out: outOf(out),
  'batch-size': '8',
  'captions-per-image': '2',
  'xe-epochs': '1',
  'scst-epochs': '1',
  'scst-images': '4',
  'log-every': '1',
  ...changes,
})
const run = (out: string, changes: Flags = {}) => trainHere(examples, flags(out, changes))

const sound = await run('sound', { 'max-steps': '3' })
t.equal(sound.status, 0, sound.stderr)

/** A copy of the sound run whose file `name` is changed, and what resuming it says. */
async function resumeChanged(copy: string, name: string, change: (bytes: Buffer) => Buffer) {
  cpSync(outOf('sound'), outOf(copy), { recursive: true })
  const file = join(outOf(copy), name)
  writeFileSync(file, change(readFileSync(file)))
  return await run(copy, { resume: true, 'max-steps': '4' })
}

const replaced = (from: string, to: string) => (bytes: Buffer) =>
  Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1')

t.test('any changed byte of state.json is told as damage, with its name', async (t) => {
  const { length } = readFileSync(join(outOf('sound'), 'last', 'state.json'))
  for (let at = 7; at < length; at += 97) {
    const { status, stderr } = await resumeChanged(`state-${at}`, 'last/state.json', (bytes) => {
      bytes[at]! ^= 1
      return bytes
    })
    const blank = readFileSync(join(outOf('sound'), 'last', 'state.json')).toString()[at]!
    if (status === 0) t.match(blank, /\s/, 'only blanks do not matter')
    else t.match(stderr, /last\/state\.json/, `byte ${at}`)
    if (status !== 0) t.notMatch(stderr, /--\S+ was/, 'it is no changed option')
  }
  const seed = await resumeChanged('seed', 'last/state.json', replaced('"seed": 1', '"seed": 3'))
  t.match(seed.stderr, /state\.json is damaged: its checksum is not the one that was saved\. A copy of/)
})

t.test('tensors that are damaged are told as damage, and not as divergence', async (t) => {
  const flip = (bytes: Buffer) => {
    bytes[bytes.length - 5]! ^= 8
    return bytes
  }
  for (const name of ['model', 'training']) {
    const { stderr } = await resumeChanged(`flip-${name}`, `last/${name}.safetensors`, flip)
    t.match(stderr, new RegExp(`last/${name}\\.safetensors is damaged: its checksum`))
  }
  // As an older version saved it, without checksums.
  const cases: [string, (data: Float32Array) => void, RegExp][] = [
    ['nan', (data) => data.fill(NaN), /training\.safetensors is damaged: adam\.m\.\S+ is not finite/],
    ['sign', (data) => data.fill(-1), /training\.safetensors is damaged: adam\.v\.\S+ is negative/],
  ]
  for (const [name, change, message] of cases) {
    cpSync(outOf('sound'), outOf(name), { recursive: true })
    const last = join(outOf(name), 'last')
    const tensors = await readSafetensors(join(last, 'training.safetensors'))
    const key = Object.keys(tensors).find((one) => one.startsWith(name === 'nan' ? 'adam.m' : 'adam.v'))!
    change(tensors[key]!.data as Float32Array) // as moments are
    await writeSafetensors(join(last, 'training.safetensors'), tensors)
    const state: { checksums?: unknown } = JSON.parse(readFileSync(join(last, 'state.json'), 'utf8'))
    delete state.checksums
    writeFileSync(join(last, 'state.json'), JSON.stringify(state))
    const { status, stderr } = await run(name, { resume: true, 'max-steps': '4' })
    t.equal(status, 1)
    t.match(stderr, message)
    t.notMatch(stderr, /diverged/)
  }
})

t.test('a checkpoint of an older version, without checksums, resumes', async (t) => {
  const { status, stderr } = await resumeChanged('older', 'last/state.json', (bytes) => {
    const state: { checksums?: unknown } = JSON.parse(bytes.toString())
    delete state.checksums
    return Buffer.from(JSON.stringify(state))
  })
  t.equal(status, 0, stderr)
})

t.test('__proto__ in state.json is a name like any other', async (t) => {
  const { status, stderr } = await resumeChanged('proto', 'last/state.json', (bytes) => {
    const state: { checksums?: unknown } = JSON.parse(bytes.toString())
    delete state.checksums
    return Buffer.from(JSON.stringify(state).replace('"origin":{', '"origin":{"__proto__":{"seed":2},'))
  })
  t.equal(status, 1)
  t.match(stderr, /--__proto__ was \{"seed":2\} when .* and is not given now/)
})

t.test(
  'a save that a kill interrupted after its commit is finished first, also by a run that is done',
  async (t) => {
    const done = await run('done')
    t.equal(done.events.at(-1)!.event, 'done', done.stderr)
    const last = join(outOf('done'), 'last')
    mkdirSync(join(last, '.commit'))
    for (const name of ['state.json', 'model.safetensors'])
      renameSync(join(last, name), join(last, '.commit', name))
    mkdirSync(join(last, '.staged-x'))
    const { status, stderr } = await run('done', { resume: true })
    t.equal(status, 0)
    t.match(stderr, /is complete/)
    t.same(readdirSync(last).toSorted(), [
      'config.json',
      'model.safetensors',
      'state.json',
      'training.safetensors',
      'vocab.json',
    ])
  },
)

t.test('a folder is trained in by one process; one that was killed leaves it free', async (t) => {
  const long: Flags = { objective: 'xe', 'xe-epochs': '100000', 'save-every': '1' }
  const args = commandLine(examples, flags('busy', { ...long, resume: true }))
  let second: ReturnType<typeof train> | undefined
  const { signal } = await interrupted(args, 'SIGKILL', (stdout) => {
    if (!stdout.includes('"step":2,')) return false
    second = train(args)
    return true
  })
  t.equal(signal, 'SIGKILL')
  t.equal(second!.status, 1)
  t.match(second!.stderr, /busy is in use: process \d+ on \S+ writes there/)
  t.ok(existsSync(join(outOf('busy'), '.lock')), 'the lock file stays behind')
  const { status, stderr } = await run('busy', { ...long, resume: true, 'max-steps': '1' })
  t.equal(status, 0, stderr)
  t.notOk(existsSync(join(outOf('busy'), '.lock')))
})

t.test(
  'where no folder can be made there is a message',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const { status, stderr } = train(commandLine(examples, flags('', { out: '/proc/x' })))
    t.equal(status, 1)
    t.match(stderr, /cannot write \/proc\/x: ENOENT, the system makes no directory in \/proc/)
  },
)

const disk = outOf('disk')
mkdirSync(disk)
const mount = (...options: string[]) => spawnSync('mount', [...options, disk]).status === 0
const mounted = mount('-t', 'tmpfs', '-o', 'size=300k', 'tmpfs')
const noMount = mounted ? false : 'mounting a small file system is not allowed here'

t.test('a disk that is full at the switch leaves no half of xe/ behind', { skip: noMount }, async (t) => {
  // A model is 45 kB and a checkpoint twice that again: room for the best model and the last, not for xe/ as well.
  const whole = await run('whole')
  t.equal(whole.status, 0, whole.stderr)
  let tried = 0
  for (let filler = 40; filler <= 220; filler += 12) {
    const out = join('disk', `run-${filler}`)
    writeFileSync(join(disk, 'filler'), Buffer.alloc(filler * 1024))
    const { status, stderr } = await run(out)
    const xe = join(folder, out, 'xe')
    if (status === 0) continue
    tried++
    t.match(stderr, /ENOSPC, no space left on the disk/)
    if (existsSync(xe)) t.ok(existsSync(join(xe, 'model.safetensors')), `${filler} kB taken: xe/ is whole`)
    for (const path of [disk, join(folder, out)])
      if (existsSync(path)) spawnSync('rm', ['-rf', join(folder, out)])
  }
  t.ok(tried > 3, `${tried} runs met a full disk`)
})

t.test('a read-only disk is called that', { skip: noMount }, async (t) => {
  t.teardown(() => spawnSync('umount', [disk]))
  spawnSync('rm', ['-rf', join(disk, 'filler')])
  cpSync(outOf('sound'), join(disk, 'sound'), { recursive: true })
  t.ok(mount('-o', 'remount,ro'))
  for (const [out, changes] of [
    ['disk/new', {}],
    ['disk/sound', { resume: true }],
  ] as [string, Flags][]) {
    const { status, stderr } = await run(out, changes)
    t.equal(status, 1)
    t.match(stderr, /EROFS, the disk is read-only/, out)
  }
})
