import { fileURLToPath } from 'node:url'
import type { Case, Settings } from './benchmark.js'
import { pythonLoop, pythonWith } from './rival.js'

const program = fileURLToPath(new URL('../../../pipelines/bench-pytorch.py', import.meta.url))

/** The same work in PyTorch as the reference does it, on as many threads; nothing where there is no PyTorch. */
export async function* pytorch(
  job: 'xe' | 'decode' | 'scst',
  count: number,
  unit: string,
  beside: readonly string[],
  settings: Settings,
): AsyncGenerator<Case> {
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
