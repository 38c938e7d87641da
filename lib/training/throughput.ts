/** Timing of training steps: captions a second, and how busy the engine is. */
import type { Engine } from '../engine/engine.js'

/** Figures that depend on the machine, and so are not part of the log. */
export interface Timing {
  /** Since the process began to train. */
  readonly seconds: number
  readonly captions_per_s?: number
  readonly words_per_s?: number
  /** The share of the steps' time that the engine spent computing or compiling. */
  readonly busy?: number
  readonly memory_mb: number
}

/** Measures steps. Checkpoints and validation come between steps and do not count. */
export interface Clock {
  /** The engine, its computing time measured. */
  readonly engine: Engine
  /** Milliseconds since the start. */
  elapsed(): number
  /** Steps begin now. */
  start(): void
  /** A step has ended; it took the time since the start, or since the step before. */
  lap(done: { captions: number; words: number }): void
  /** Rates since the last call. */
  take(): Timing
}

export function createClock(engine: Engine): Clock {
  const begun = performance.now()
  let since = begun
  let computing = 0
  let done = { captions: 0, words: 0, milliseconds: 0, computing: 0 }

  const measured = async <T>(work: Promise<T>): Promise<T> => {
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
        const compiled = await measured(engine.compile(...what))
        return { ...compiled, run: (...inputs) => measured(compiled.run(...inputs)) }
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
