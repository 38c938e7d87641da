import { availableParallelism } from 'node:os'
import { parameterShapes } from '../model/parameters.js'
import { adamFactors } from '../training/optimizer/adam.js'
import { createCrew } from '../training/optimizer/adam-threads.js'
import { createBlock } from '../training/optimizer/flat-buffer.js'
import type { Benchmark } from './benchmark.js'
import { benchConfig as config } from './samples.js'

/** Adam's update of all parameters in the host's memory, and the norm of their gradients before it. */
export const adam: Benchmark = {
  summary: "Adam's update alone, in parameters a second",
  async *cases({ engine: { threads = availableParallelism() } }) {
    const block = () => createBlock(parameterShapes(config), 1)
    const memory = { parameters: block(), m: block(), v: block(), gradients: block() }
    const count = memory.gradients.values.fill(1e-3).length
    const crew = createCrew({ ...memory, rows: 1, length: count, origin: 0 }, threads)
    yield {
      name: 'adam',
      shapes: { parameters: count },
      unit: 'parameters',
      count,
      async run() {
        await crew.addUp()
        await crew.update({ ...adamFactors(1, 1e-5), scale: 1 })
      },
      dispose: () => crew.dispose(),
    }
  },
}
