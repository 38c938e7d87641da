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
  run(): Promise<unknown>
  dispose(): void
}

export interface Measurement {
  readonly first_ms: number
  readonly median_ms: number
  readonly min_ms: number
  readonly max_ms: number
  /** Units a second, at the median. */
  readonly rate: number
  /** The most memory that the process has held so far. */
  readonly peak_mb: number
}

/** Runs a case once to warm up, then `repeats` times. */
export async function measure(one: Pick<Case, 'run' | 'count'>, repeats: number): Promise<Measurement> {
  const first = await time(one.run)
  await time(one.run)
  const times: number[] = []
  for (let i = 0; i < repeats; i++) times.push(await time(one.run))
  times.sort((a, b) => a - b)
  const median = (times[Math.floor((repeats - 1) / 2)]! + times[Math.ceil((repeats - 1) / 2)]!) / 2
  return {
    first_ms: rounded(first),
    median_ms: rounded(median),
    min_ms: rounded(times[0]!),
    max_ms: rounded(times.at(-1)!),
    rate: rounded((one.count / median) * 1000),
    peak_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  }
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Four digits: more would be noise. */
const rounded = (value: number): number => Number(value.toPrecision(4))
