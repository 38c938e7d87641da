/** The same work in PyTorch, as a rival of a benchmark. */
import { fileURLToPath } from 'node:url'
import type { Case, Settings } from './benchmark.js'
import { pythonLoop, pythonWith } from './rival.js'

const program = fileURLToPath(new URL('../../../pipelines/bench-pytorch.py', import.meta.url))

export interface PytorchJob {
  readonly job: 'xe' | 'decode' | 'scst'
  readonly count: number
  readonly unit: string
  /** The cases that it is compared with. */
  readonly beside: readonly string[]
  readonly settings: Settings
}

/** The work as the reference does it in PyTorch, on the same number of threads; nothing where PyTorch is not installed. */
export async function* pytorch({ job, count, unit, beside, settings }: PytorchJob): AsyncGenerator<Case> {
  const python = pythonWith(['torch'], settings)
  if (!python) return
  const { threads } = settings.engine
  const loop = await pythonLoop(python, [program, job, String(count), ...(threads ? [String(threads)] : [])])
  yield {
    name: `${job}-pytorch`,
    engine: loop.ready,
    shapes: { [unit]: count },
    unit,
    count,
    beside,
    slow: true,
    ...loop,
  }
}
