/** Kills training at random moments, resumes it, and compares what it wrote with an unbroken run, byte for byte. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { randomStream, type Random } from '../../lib/random.js'
import { commandLine, interrupted, toyModel, train, writeToyData, type Flags } from '../training/toy-run.js'

/** What came of the kills so far. */
export interface CrashReport {
  /** Lives that SIGKILL ended, and runs that were resumed to their end. */
  kills: number
  runs: number
  /** Kills by the objective that was being trained by, and by what was being written. */
  readonly during: Map<string, number>
  /** What differs from an unbroken run, and lives that ended in another way than by our kill. */
  readonly faults: string[]
}

/** Runs of different kinds, each long enough for many kills; a checkpoint every other step. */
const kinds: readonly Flags[] = [
  { objective: 'xe,scst', 'xe-epochs': '3', 'scst-epochs': '4' },
  { objective: 'scst', 'scst-epochs': '8', baseline: 'greedy', 'save-every': '1' },
  { objective: 'xe', 'xe-epochs': '6', batching: 'captions', clip: '0.5' },
  { objective: 'xe,scst', 'xe-epochs': '2', 'scst-epochs': '4', 'micro-batch': '3', threads: '2' },
]

/**
 * Kills `kills` times, spread over as many runs as that takes.
 *
 * @param folder an empty one
 * @param seed of the moments; where a moment finds a run depends on the machine
 * @param tell called after each life
 */
export async function crash(
  { kills, seed, folder }: { kills: number; seed: number; folder: string },
  tell: (report: CrashReport) => void = () => undefined,
): Promise<CrashReport> {
  await mkdir(folder, { recursive: true })
  const { train: examples, val, vocab } = await writeToyData(folder)
  const report: CrashReport = { kills: 0, runs: 0, during: new Map(), faults: [] }
  for (let run = 0; report.kills < kills; run++) {
    const command = (name: string, resume = false) =>
      commandLine(examples, {
        ...toyModel,
        vocab,
        val,
        seed: String(1 + run),
        'batch-size': '4',
        'captions-per-image': '2',
        'scst-images': '4',
        'scst-rate': '0.001',
        'log-every': '1',
        'save-every': '2',
        ...kinds[run % kinds.length],
        out: join(folder, name),
        ...(resume && { resume }),
      })
    const [whole, broken] = [`whole-${run}`, `broken-${run}`]
    const unbroken = train(command(whole))
    if (unbroken.status !== 0) report.faults.push(`${whole}: ${unbroken.stderr}`)
    for (let life = 0; report.kills < kills; life++) {
      const when = moment(join(folder, broken), randomStream(seed, run, life))
      const { signal, status, stderr } = await interrupted(command(broken, true), 'SIGKILL', when)
      if (signal !== 'SIGKILL') {
        if (status !== 0) report.faults.push(`${broken}, life ${life}: ${stderr}`)
        break
      }
      report.kills++
      const what = `${objectiveOf(join(folder, broken))}, ${writingIn(join(folder, broken))}`
      report.during.set(what, (report.during.get(what) ?? 0) + 1)
      tell(report)
    }
    const last = train(command(broken, true))
    if (last.status !== 0) report.faults.push(`${broken} at the end: ${last.stderr}`)
    report.faults.push(...differences(join(folder, whole), join(folder, broken)))
    report.runs++
    tell(report)
  }
  return report
}

/** Draws a moment: some time after the start, after some lines, or when a save is seen for the n-th time. */
function moment(out: string, random: Random): (stdout: string, milliseconds: number) => boolean {
  const kind = random.pick([
    'time',
    'line',
    'writing last',
    'settling last',
    'writing the best',
    'writing xe',
  ])
  const [delay, lines, times] = [3000 * random.uniform(), 1 + random.below(12), 1 + random.below(6)]
  let [seen, before] = [0, false]
  const isNow = (stdout: string): boolean => {
    if (kind === 'writing last') return holds(join(out, 'last'), '.staged-')
    if (kind === 'settling last') return holds(join(out, 'last'), '.commit')
    if (kind === 'writing the best') return holds(out, '.staged-') || holds(out, '.commit')
    if (kind === 'writing xe') return holds(join(out, 'xe'), '.') || stdout.includes('"event":"switch"')
    return false
  }
  return (stdout, milliseconds) => {
    if (kind === 'time') return milliseconds > delay
    if (kind === 'line') return stdout.split('\n').length > lines
    const now = isNow(stdout)
    if (now && !before) seen++
    before = now
    return (now && seen >= times) || (kind === 'writing xe' && seen > 0)
  }
}

const holds = (folder: string, prefix: string): boolean => {
  try {
    return readdirSync(folder).some((name) => name.startsWith(prefix))
  } catch {
    return false // there is no folder yet
  }
}

/** What a killed run was writing, by what it left. */
function writingIn(out: string): string {
  for (const [name, folder] of [
    ['a checkpoint', join(out, 'last')],
    ['the best model', out],
    ['xe/', join(out, 'xe')],
  ] as const) {
    if (holds(folder, '.commit')) return `moving ${name} into place`
    if (holds(folder, '.staged-')) return `writing ${name}`
  }
  return existsSync(join(out, 'last')) ? 'between saves' : 'before the first save'
}

/** What the run was trained by when it last saved. */
function objectiveOf(out: string): string {
  for (const path of [join(out, 'last', '.commit', 'state.json'), join(out, 'last', 'state.json')])
    if (existsSync(path)) {
      const { position }: { position: { course: { objective: string } } } = JSON.parse(
        readFileSync(path, 'utf8'),
      )
      return position.course.objective
    }
  return 'nothing saved'
}

/** How the files of two runs differ. */
function differences(whole: string, broken: string): string[] {
  const files = (folder: string) => (existsSync(folder) ? filesIn(folder) : [])
  const faults = [...new Set([...files(whole), ...files(broken)])].flatMap((name) => {
    const [a, b] = [join(whole, name), join(broken, name)]
    if (!existsSync(a) || !existsSync(b)) return `${existsSync(a) ? b : a}: missing`
    return readFileSync(a).equals(readFileSync(b)) ? [] : `${b}: differs from ${a}`
  })
  return faults.flat()
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
