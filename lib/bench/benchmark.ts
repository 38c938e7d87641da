/** What a benchmark is, and how its cases are measured. */
import type { EngineOptions } from '../engine/engine.js'
import { megabytesOf } from './process-memory.js'

/** A benchmark yields its cases one after another, so that only one holds memory at a time. */
export interface Benchmark {
  readonly summary: string
  cases(settings: Settings): AsyncIterable<Case>
}

export interface Settings {
  readonly engine: EngineOptions
  /** Images of one run. */
  readonly images: number
  /** Python interpreters that may have the libraries to compare with. */
  readonly rivals: readonly string[]
  /** A file of records with `caption` and `captions`, in place of those of the fixture world. */
  readonly records?: string | undefined
  note(text: string): void
}

/** One case, prepared; only `run` is measured. */
export interface Case {
  readonly name: string
  /** The sizes for which the figures hold. */
  readonly shapes: Readonly<Record<string, number>>
  /** What a run works through, and how many: captions, images, parameters. */
  readonly unit: string
  readonly count: number
  /** Seconds of preparation: tracing and creating the session. */
  readonly compileSeconds?: number
  /** What computes, if it is not the engine. */
  readonly engine?: string
  /** Cases of this run that do the same work and are compared with this one. */
  readonly beside?: readonly string[]
  /** A case to compare with, measured in turn with this one; neither may hold memory between runs. */
  readonly rival?: Case
  /** Takes seconds: warmed up by one run, and measured by at most three. */
  readonly slow?: boolean
  /** @returns where its time went, in milliseconds, if the case knows */
  run(): Promise<unknown>
  dispose(): void
}

/** Milliseconds by what they were spent on. */
export class Parts extends Map<string, number> {
  /** Runs `work` and adds its time to `what`. */
  async time<T>(what: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    try {
      return await work()
    } finally {
      this.set(what, (this.get(what) ?? 0) + performance.now() - start)
    }
  }
}

/** Peak memory of a command, without the processes that it starts. */
export class Peak {
  constructor(readonly megabytes: number) {}
}

export interface Measurement {
  readonly repeats: number
  readonly first_ms: number
  readonly median_ms: number
  readonly min_ms: number
  readonly max_ms: number
  /** Means of the parts that runs report. */
  readonly parts_ms?: Readonly<Record<string, number>>
  /** Units a second, at the median. */
  readonly rate: number
  /** Peak memory of the command, or else of this process so far; memory that threads share counts once for each. */
  readonly peak_mb?: number
  /** Memory of this process after the last run; memory that threads share counts once. Linux only. */
  readonly held_mb?: number
}

/** Measures cases one after another, each together with its rival. */
export async function* measureAll(
  cases: AsyncIterable<Case>,
  repeats: number,
): AsyncGenerator<readonly [Case, Measurement]> {
  for await (const one of cases) {
    const together = [one, ...(one.rival ? [one.rival] : [])]
    const figures = await measureInTurn(together, repeats)
    for (const each of together) each.dispose()
    for (const [i, each] of together.entries()) yield [each, figures[i]!]
  }
}

/**
 * Runs cases twice to warm up, once if one of them is slow, then `repeats` times in turn: what slows the machine down for a
 * while slows all of them.
 */
export async function measureInTurn(cases: readonly Measured[], repeats: number): Promise<Measurement[]> {
  const slow = cases.some((one) => one.slow)
  const tallies = cases.map((one) => createTally(one))
  for (const tally of tallies) await tally.warmUp(slow)
  for (let i = 0; i < (slow ? Math.min(3, repeats) : repeats); i++)
    for (const tally of tallies) await tally.run()
  return tallies.map((tally) => tally.figures())
}

type Measured = Pick<Case, 'run' | 'count' | 'slow' | 'engine'>

/** Times the runs of a case. */
function createTally(one: Measured) {
  const times: number[] = []
  const sums = new Parts()
  let first = 0
  let peak: number | undefined
  return {
    async warmUp(slow: boolean): Promise<void> {
      ;[first] = await time(one.run)
      if (!slow) await time(one.run)
    },
    async run(): Promise<void> {
      const [milliseconds, said] = await time(one.run)
      times.push(milliseconds)
      if (said instanceof Peak) peak = Math.max(peak ?? 0, said.megabytes)
      if (said instanceof Parts) for (const [what, part] of said) sums.set(what, (sums.get(what) ?? 0) + part)
    },
    figures(): Measurement {
      times.sort((a, b) => a - b)
      const middle = (times.length - 1) / 2
      const median = (times[Math.floor(middle)]! + times[Math.ceil(middle)]!) / 2
      return {
        repeats: times.length,
        first_ms: rounded(first),
        median_ms: rounded(median),
        min_ms: rounded(times[0]!),
        max_ms: rounded(times.at(-1)!),
        ...(sums.size > 0 && {
          parts_ms: Object.fromEntries([...sums].map(([what, sum]) => [what, rounded(sum / times.length)])),
        }),
        rate: rounded((one.count / median) * 1000),
        ...(peak !== undefined ? { peak_mb: Math.round(peak) } : one.engine === undefined && ownMemory()),
      }
    },
  }
}

function ownMemory(): Pick<Measurement, 'peak_mb' | 'held_mb'> {
  const held = megabytesOf('self', 'smaps_rollup', 'Pss')
  return {
    peak_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    ...(held !== undefined && { held_mb: Math.round(held) }),
  }
}

async function time(work: () => Promise<unknown>): Promise<[milliseconds: number, said: unknown]> {
  const start = performance.now()
  const said = await work()
  return [performance.now() - start, said]
}

/** Four digits: more would be noise. */
export const rounded = (value: number): number => Number(value.toPrecision(4))
