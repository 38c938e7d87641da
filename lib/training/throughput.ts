import type { Engine } from '../engine/engine.js'

/** What depends on the machine and the hour. */
export interface Timing {
  /** Since the process began to train. */
  readonly seconds: number
  readonly captions_per_s?: number
  readonly words_per_s?: number
  /** The share of the steps' time that the engine computed, or compiled. */
  readonly busy?: number
  readonly memory_mb: number
}

/** Measures steps. Checkpoints and validation are between them and do not count. */
export interface Clock {
  /** The engine, watched. */
  readonly engine: Engine
  /** Milliseconds since the start. */
  elapsed(): number
  /** Steps begin now. */
  start(): void
  /** A step has ended: it took from the start, or the step before. */
  lap(done: { captions: number; words: number }): void
  /** Rates since the last time that they were asked for. */
  take(): Timing
}

export function createClock(engine: Engine): Clock {
  const begun = performance.now()
  let since = begun
  let computing = 0
  let done = { captions: 0, words: 0, milliseconds: 0, computing: 0 }

  const watched = async <T>(work: Promise<T>): Promise<T> => {
    const start = performance.now()
    try {
      return await work
    } finally {
      computing += performance.now() - start
    }
  }
  return {
    engine: {
      ...engine,
      async compile(...what) {
        const compiled = await watched(engine.compile(...what))
        return { ...compiled, run: (...inputs) => watched(compiled.run(...inputs)) }
      },
    },
    elapsed: () => performance.now() - begun,
    start() {
      since = performance.now()
      computing = 0
    },
    lap({ captions, words }) {
      const now = performance.now()
      done = {
        captions: done.captions + captions,
        words: done.words + words,
        milliseconds: done.milliseconds + now - since,
        computing: done.computing + computing,
      }
      since = now
      computing = 0
    },
    take() {
      const seconds = done.milliseconds / 1000
      const rates = {
        captions_per_s: rounded(done.captions / seconds),
        words_per_s: rounded(done.words / seconds),
        busy: rounded(done.computing / done.milliseconds),
      }
      const any = done.captions > 0
      done = { captions: 0, words: 0, milliseconds: 0, computing: 0 }
      return {
        seconds: rounded((performance.now() - begun) / 1000),
        ...(any && rates),
        memory_mb: Math.round(process.memoryUsage.rss() / 1e6),
      }
    },
  }
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000
