/** How many runners decode side by side, and the threads of each. */
import { availableParallelism } from 'node:os'
import type { EngineOptions } from '../../engine/engine.js'
import { UsageError } from '../../errors.js'

export interface Jobs {
  readonly count: number
  /** Threads of each. */
  readonly threads: number
}

/**
 * One runner per core, up to four, since each holds working memory of its own; one where the number of threads is given.
 *
 * @throws UsageError for an engine that computes in one thread only
 */
export function jobsOf({
  jobs,
  threads,
  engine = 'onnxruntime',
  device = 'cpu',
}: EngineOptions & { readonly jobs?: number | undefined }): Jobs {
  const cores = availableParallelism()
  const able = engine === 'onnxruntime' && device === 'cpu'
  const count = jobs ?? (able && threads === undefined ? Math.min(4, cores) : 1)
  if (count > 1 && !able)
    throw new UsageError(`--jobs ${count} goes with --engine onnxruntime on --device cpu only`)
  return { count, threads: threads ?? Math.max(1, Math.floor(cores / count)) }
}
