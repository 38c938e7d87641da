import type { Batching } from './batches.js'
import type { Objective } from './early-stopping.js'
import type { Run } from './run.js'

/** How a batch is shared out: full batches of `images`, in equal parts, some of which are this rank's. */
export interface Sharing {
  readonly images: number
  readonly parts: number
  /** This rank's parts: from `first`, `own` of them. */
  readonly first: number
  readonly own: number
}

/** The batches of an objective. Self-critical training takes images whole, whatever cross-entropy does. */
export const batchingOf = ({ batching, scst }: Run, objective: Objective): Batching =>
  objective === 'xe'
    ? batching
    : { by: 'images', perImage: batching.perImage, size: scst.images * batching.perImage }

/** The sharing of an objective's batches: as many parts as ranks, times what keeps a part within the micro-batch. */
export function sharingOf(run: Run, objective: Objective): Sharing {
  const { ranks, microBatch, beam } = run
  const { by, size, perImage } = batchingOf(run, objective)
  const images = by === 'images' ? Math.max(1, Math.floor(size / perImage)) : size
  const captions = objective === 'xe' ? size : images * beam
  const enough = Math.ceil(captions / ranks.size / microBatch) // Infinity captions at once: 0
  const own = Math.max(1, Math.min(enough, Math.ceil(images / ranks.size)))
  return { images, parts: own * ranks.size, first: ranks.rank * own, own }
}
