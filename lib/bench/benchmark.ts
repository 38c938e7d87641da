import { readFileSync } from 'node:fs'
import type { EngineOptions } from '../engine/engine.js'

/** Something whose speed is worth knowing. It yields its cases one after another, so that one alone holds memory. */
export interface Benchmark {
  readonly summary: string
  cases(settings: Settings): AsyncIterable<Case>
}

export interface Settings {
  readonly engine: EngineOptions
  /** Images of one run. */
  readonly images: number
  /** Python interpreters that may have what is compared with. */
  readonly rivals: readonly string[]
  /** A file of records with `caption` and `captions`, in place of those of the fixture world. */
  readonly records?: string | undefined
  note(text: string): void
}

/** One thing to measure, made ready; what is measured is `run` alone. */
export interface Case {
  readonly name: string
  /** The sizes that the figures hold for. */
  readonly shapes: Readonly<Record<string, number>>
  /** What a run works through, and how many: captions, images, parameters. */
  readonly unit: string
  readonly count: number
  /** What making ready took: tracing and the session. */
  readonly compileSeconds?: number
  /** What computes, where it is not the engine. */
  readonly engine?: string
  /** Cases of this run that do the same work, where this one is what they are compared with. */
  readonly beside?: readonly string[]
  /** Takes seconds: warmed up by one run, and measured by at most three. */
  readonly slow?: boolean
  /** @returns where its time went, in milliseconds, if the case knows */
  run(): Promise<unknown>
  dispose(): void
}

/** Milliseconds by what they were spent on. */
export class Parts extends Map<string, number> {
  /** Does something, and counts its time as spent on it. */
  async time<T>(what: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    try {
      return await work()
    } finally {
      this.set(what, (this.get(what) ?? 0) + performance.now() - start)
    }
  }
}

/** The most memory that a command held, as its run says; of the processes that it starts it says nothing. */
export class Peak {
  constructor(readonly megabytes: number) {}
}

export interface Measurement {
  readonly repeats: number
  readonly first_ms: number
  readonly median_ms: number
  readonly min_ms: number
  readonly max_ms: number
  /** The mean of what the runs say of themselves. */
  readonly parts_ms?: Readonly<Record<string, number>>
  /** Units a second, at the median. */
  readonly rate: number
  /** The most memory that the command held, or else this process so far: what several threads map counts for each. */
  readonly peak_mb?: number
  /** What this process held after the last run, where what several threads map counts once; on Linux. */
  readonly held_mb?: number
}

/** Runs a case twice to warm up, then `repeats` times. */
export async function measure(
  one: Pick<Case, 'run' | 'count' | 'slow' | 'engine'>,
  repeats: number,
): Promise<Measurement> {
  const [first] = await time(one.run)
  if (!one.slow) await time(one.run)
  const times: number[] = []
  const sums = new Parts()
  let peak: number | undefined
  const most = one.slow ? Math.min(3, repeats) : repeats
  while (times.length < most) {
    const [milliseconds, said] = await time(one.run)
    times.push(milliseconds)
    if (said instanceof Peak) peak = Math.max(peak ?? 0, said.megabytes)
    if (said instanceof Parts) for (const [what, part] of said) sums.set(what, (sums.get(what) ?? 0) + part)
  }
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
}

function ownMemory(): Pick<Measurement, 'peak_mb' | 'held_mb'> {
  const held = heldMegabytes()
  return {
    peak_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    ...(held !== undefined && { held_mb: Math.round(held) }),
  }
}

/** The proportional set size. */
function heldMegabytes(): number | undefined {
  try {
    const kilobytes = /^Pss:\s*(\d+) kB/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
  } catch {
    return undefined
  }
}

async function time(work: () => Promise<unknown>): Promise<[milliseconds: number, said: unknown]> {
  const start = performance.now()
  const said = await work()
  return [performance.now() - start, said]
}

/** Four digits: more would be noise. */
export const rounded = (value: number): number => Number(value.toPrecision(4))
