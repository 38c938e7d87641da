import { availableParallelism } from 'node:os'
import type { EngineOptions } from '../../engine/engine.js'
import { UsageError } from '../../errors.js'

export interface Jobs {
  readonly count: number
  /** Of each. */
  readonly threads: number
}

/**
 * Machines side by side, and the threads of each: as many as there are cores, up to four, for each holds the model's
 * parameters. Whoever sets the threads of one gets one.
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
