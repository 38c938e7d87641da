/** Threads that add up gradients and apply them together, each on its own range. */
import { startThread, type Thread } from '../../worker.js'
import { piece, work, type AdamMemory, type Task, type UpdateFactors } from './adam-in-place.js'
import type { FlatBuffer } from './flat-buffer.js'

export interface AdamThreads {
  /** Adds up the rows of gradients. @returns the sum of the squares of the sums, the same for any number of threads */
  addUp(): Promise<number>
  apply(factors: UpdateFactors): Promise<void>
  dispose(): void
}

/** Below this many gradients, one thread finishes before others could be woken. */
const worthwhile = 2 ** 20

/** Starts threads on this memory, or works in the calling thread where that is faster. */
export function startAdamThreads(memory: AdamMemory<FlatBuffer>, count: number): AdamThreads {
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
  const program = new URL('./adam-worker.js', import.meta.url)
  const threads: Thread<Task, Float64Array>[] =
    length < worthwhile || count === 1 ? [] : Array.from({ length: count }, () => startThread(program, there))

  /** Whole pieces for each thread, so that no piece is split between two. */
  const range = Math.ceil(length / threads.length / piece) * piece

  async function together(factors?: UpdateFactors): Promise<Float64Array[]> {
    if (threads.length === 0) return [work(here, { from: 0, to: length, factors })]
    return await Promise.all(
      threads.map((thread, i) =>
        thread.ask({ from: Math.min(length, i * range), to: Math.min(length, (i + 1) * range), factors }),
      ),
    )
  }

  return {
    addUp: async () =>
      (await together()).reduce((total, sums) => sums.reduce((sum, one) => sum + one, total), 0),
    apply: async (factors) => void (await together(factors)),
    dispose() {
      for (const thread of threads) thread.end()
    },
  }
}
