/** The benchmark `adam`: the optimizer's update alone. */
import { availableParallelism } from 'node:os'
import { parameterShapes } from '../model/parameters.js'
import { adamFactors } from '../training/optimizer/adam.js'
import { startAdamThreads } from '../training/optimizer/adam-threads.js'
import { createFlatBuffer } from '../training/optimizer/flat-buffer.js'
import type { Benchmark } from './benchmark.js'
import { benchConfig as config } from './samples.js'

/** The norm of all gradients, then Adam's update of all parameters, in the host's memory. */
export const adam: Benchmark = {
  summary: "Adam's update alone, in parameters a second",
  async *cases({ engine: { threads = availableParallelism() } }) {
    const buffer = () => createFlatBuffer(parameterShapes(config), 1)
    const memory = { parameters: buffer(), m: buffer(), v: buffer(), gradients: buffer() }
    const count = memory.gradients.values.fill(1e-3).length
    const together = startAdamThreads({ ...memory, rows: 1, length: count, origin: 0 }, threads)
    yield {
      name: 'adam',
      shapes: { parameters: count },
      unit: 'parameters',
      count,
      async run() {
        await together.addUp()
        await together.apply({ ...adamFactors(1, 1e-5), scale: 1 })
      },
      dispose: () => together.dispose(),
    }
  },
}
