/** pipelines/demo.sh and what it may remove. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'

/** The scripts beside a command that fails, so that a run ends with its first step. */
const folder = t.testdir({
  pipelines: {
    'demo.sh': readFileSync('pipelines/demo.sh'),
    'm2.sh': readFileSync('pipelines/m2.sh'),
  },
  dist: { bin: { 'm2.js': 'process.exit(1)' } },
  precious: { 'thesis.txt': 'years of work', model: { weights: '' } },
  empty: {},
})
const demo = (...args: string[]) =>
  spawnSync('bash', [join(folder, 'pipelines', 'demo.sh'), ...args], { cwd: folder, encoding: 'utf8' })

t.test('a folder that it did not make is left as it is', async (t) => {
  const { status, stderr } = demo('precious')
  t.equal(status, 1)
  t.match(stderr, /precious is not empty, and not a folder that this script made/)
  t.same(readdirSync(join(folder, 'precious')).sort(), ['model', 'thesis.txt'])
})

t.test('in its own folder it removes what it made, and nothing else', async (t) => {
  for (const name of ['new/run', 'empty']) {
    const out = join(folder, name)
    t.match(demo(name), { status: 1, stderr: /^== A world/ }, 'it begins')
    for (const file of ['report.html', 'notes.txt']) writeFileSync(join(out, file), 'x')
    demo(name)
    t.notOk(existsSync(join(out, 'report.html')), 'its own page is made again')
    t.ok(existsSync(join(out, 'notes.txt')), 'a note of someone else stays')
  }
})

t.test('an option that it does not have is an error', async (t) => {
  t.match(demo('--fast'), { status: 2, stderr: /^usage: / })
})

t.test('the scripts of pipelines say how they are used', async (t) => {
  const { status, stderr } = spawnSync('bash', [resolve('pipelines/coco-report.sh')], { encoding: 'utf8' })
  t.match({ status, stderr }, { status: 2, stderr: /^usage: / })
})
