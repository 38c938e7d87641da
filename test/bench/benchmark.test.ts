import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { measureInTurn, Parts } from '../../lib/bench/benchmark.js'
import { benchmarks } from '../../lib/bench/index.js'
import { runCommand } from '../../lib/bench/rival.js'
import { near } from '../near.js'

const measure = async (one: Parameters<typeof measureInTurn>[0][number], repeats: number) =>
  (await measureInTurn([one], repeats))[0]!

t.test('a measurement leaves out the runs that warm up', async (t) => {
  let runs = 0
  const run = async () => {
    // The first two are slower than any that may count.
    const until = performance.now() + (runs++ < 2 ? 60 : 4)
    while (performance.now() < until);
  }
  const figures = await measure({ run, count: 20 }, 4)
  t.equal(runs, 6)
  t.ok(figures.first_ms >= 60)
  t.ok(figures.min_ms >= 4 && figures.min_ms <= figures.median_ms && figures.median_ms <= figures.max_ms)
  near(t, figures.rate * figures.median_ms, 20_000, 100, 'the rate is the count over the median')
  t.ok(figures.peak_mb! > 10)
  if (existsSync('/proc/self/smaps_rollup'))
    t.ok(figures.held_mb! > 10 && figures.held_mb! <= figures.peak_mb!)
  const rival = await measure({ run, count: 20, engine: 'another' }, 1)
  t.notHas(rival, { peak_mb: Number }, 'what this process holds says nothing of another')
})

t.test('rivals are measured in turn', async (t) => {
  const runs: string[] = []
  const one = (name: string, slow: boolean) => ({ run: async () => void runs.push(name), count: 1, slow })
  const figures = await measureInTurn([one('a', false), one('b', true)], 10)
  t.equal(runs.join(''), 'abababab', 'one run each to warm up, and three, for one of them is slow')
  t.same(
    figures.map(({ repeats }) => repeats),
    [3, 3],
  )
})

t.test('a run that knows where its time went says so, and the mean is told', async (t) => {
  let runs = 0
  const run = async () => new Parts([['gradient', ++runs * 10]])
  t.match(await measure({ run, count: 1 }, 2), { parts_ms: { gradient: 35 } }, 'of the third and the fourth')
})

t.test('of a command, its own memory is told', { skip: !existsSync('/proc/self/status') }, async (t) => {
  const input = join(t.testdir(), 'input')
  writeFileSync(input, '')
  const program = 'const held = Buffer.alloc(300e6, 1); setTimeout(() => held, 300)'
  const run = () => runCommand(process.execPath, ['-e', program], input)
  const { peak_mb } = await measure({ run, count: 1, slow: true }, 1)
  t.ok(peak_mb! > 286 && peak_mb! < 600, `${peak_mb} MB`)
})

t.test('every benchmark says what it measures', async (t) => {
  for (const [name, load] of Object.entries(benchmarks))
    t.match((await load()).summary, /, in \w+ a second$/, name)
})

t.test('the command that is installed finds the file its threads begin with', async (t) => {
  const args = [resolve('dist/bin/m2.js'), 'bench', 'adam', '--threads', '2', '--repeats', '1']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  t.equal(status, 0, stderr)
  t.match(JSON.parse(stdout), { bench: 'adam', repeats: 1 })
})
