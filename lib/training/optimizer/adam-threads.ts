import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { piece, work, type AdamMemory, type Update } from './adam-in-place.js'
import type { Block } from './flat-buffer.js'

/** Threads that follow gradients together, each its part of them. */
export interface Crew {
  /** Adds up the rows of gradients. @returns the sum of the squares of the sums, the same on any number of threads */
  addUp(): Promise<number>
  update(update: Update): Promise<void>
  dispose(): void
}

/** Fewer gradients than that are followed sooner than a thread would be told of them. */
const worthwhile = 2 ** 20

export function createCrew(memory: AdamMemory<Block>, threads: number): Crew {
  const { parameters, m, v, gradients, length } = memory
  const here: AdamMemory = {
    ...memory,
    parameters: parameters.values,
    m: m.values,
    v: v.values,
    gradients: gradients.values,
  }
  const there: AdamMemory<SharedArrayBuffer> = {
    ...memory,
    parameters: parameters.shared,
    m: m.shared,
    v: v.shared,
    gradients: gradients.shared,
  }
  const count = length < worthwhile ? 1 : threads
  const workers =
    count === 1
      ? []
      : Array.from(
          { length: count },
          () => new Worker(new URL('./adam-worker.js', import.meta.url), { workerData: there }),
        )

  /** Whole pieces for each, so that a piece is nobody's twice. */
  const part = Math.ceil(length / count / piece) * piece

  async function together(update?: Update): Promise<Float64Array[]> {
    if (workers.length === 0) return [work(here, { from: 0, to: length, ...(update && { update }) })]
    return await Promise.all(
      workers.map(async (worker, i) => {
        const done = once(worker, 'message') as Promise<[Float64Array]> // as adam-worker.ts answers
        worker.postMessage({
          from: Math.min(length, i * part),
          to: Math.min(length, (i + 1) * part),
          ...(update && { update }),
        })
        return (await done)[0]
      }),
    )
  }

  return {
    addUp: async () =>
      (await together()).reduce((total, sums) => sums.reduce((sum, one) => sum + one, total), 0),
    update: async (update) => void (await together(update)),
    dispose() {
      for (const worker of workers) void worker.terminate()
    },
  }
}
