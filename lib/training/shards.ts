/** How a batch is divided over ranks into micro-batches, and how their features are read ahead. */
import type { FeatureReader } from '../features/reader.js'
import type { ModelConfig } from '../model/config.js'
import { epochBatches, imagesOf, sliceOf, type Batch, type Batching } from './batches.js'
import type { Objective } from './early-stopping.js'
import type { Run } from './run.js'

/** The division of a batch into micro-batches of equal size, some of which are this rank's shard. */
export interface Sharding {
  /** Micro-batches of a full batch, on all ranks together. */
  readonly count: number
  /** Images of a full micro-batch. */
  readonly imagesOfEach: number
  /** This rank's: from `first` on, `own` of them. */
  readonly first: number
  readonly own: number
}

/** A micro-batch whose features were read. */
export interface MicroBatch extends Batch {
  /** Index of its first image in the whole batch. */
  readonly first: number
  /** Images that it has room for; those that it has may be fewer. */
  readonly room: number
  /** (room, regions, featureWidth) */
  readonly features: Float32Array
}

/** The batches of an objective. Self-critical training takes images, however many captions they have. */
export const batchingOf = (
  { batching, scst }: Pick<Run, 'batching' | 'scst'>,
  objective: Objective,
): Batching =>
  objective === 'xe'
    ? batching
    : { by: 'images', perImage: batching.perImage, size: scst.images, of: 'images' }

/**
 * Divides a batch of `images` images: a shard for each rank, in as many micro-batches as their size limit asks for.
 */
export function shardingOf(run: Sharded, objective: Objective, images: number): Sharding {
  const { ranks, microBatch, batching, beam } = run
  const captions = objective === 'xe' ? batching.size : images * beam
  const enough = Math.ceil(captions / ranks.size / microBatch) // 0 where there is no limit
  const own = Math.max(1, Math.min(enough, Math.ceil(images / ranks.size)))
  const count = own * ranks.size
  return { count, imagesOfEach: Math.ceil(images / count), first: ranks.rank * own, own }
}

type Sharded = Pick<Run, 'ranks' | 'microBatch' | 'batching' | 'beam'>

/** Whether a rank's shard of a batch may be several micro-batches. */
export const accumulates = ({ ranks, microBatch, batching, beam, scst, planned }: Run): boolean => {
  const captions = { xe: batching.size, scst: scst.images * beam }
  return planned.some((objective) => captions[objective] / ranks.size > microBatch)
}

/** The batches of an epoch, and how many images a full one has; see batches.ts. */
export function batchesOf(
  run: Run,
  { objective, epoch }: { objective: Objective; epoch: number },
): { batches: Batch[]; full: number } {
  const counts = run.examples.map(({ captions }) => captions.length)
  const lengths = run.examples.map(({ captions }) => Math.max(...captions.map(({ length }) => length)))
  const longest = objective === 'xe' ? lengths : undefined
  const batching = batchingOf(run, objective)
  const batches = epochBatches(counts, batching, run.seed, { epoch, longest })
  return { batches, full: imagesOf(counts, batching) }
}

/** Reads this rank's shard of a batch; micro-batches without images are left out. */
export async function readShard(
  batch: Batch,
  { imagesOfEach, first, own }: Sharding,
  { examples, reader, config }: Pick<Run, 'examples' | 'reader' | 'config'>,
): Promise<MicroBatch[]> {
  const shard: MicroBatch[] = []
  for (let index = first; index < first + own; index++) {
    const slice = sliceOf(batch, index, imagesOfEach)
    if (slice.images.length === 0) break
    const wanted = slice.images.map((image) => examples[image]!.features)
    const features = await readFeatures(reader, wanted, imagesOfEach, config)
    shard.push({ ...slice, first: index * imagesOfEach, room: imagesOfEach, features })
  }
  return shard
}

/** Reads the features of some images, with room for `images` of them. */
export async function readFeatures(
  reader: FeatureReader,
  features: readonly Parameters<FeatureReader['readMany']>[0][number][],
  images: number,
  { regions, featureWidth }: ModelConfig,
): Promise<Float32Array> {
  const out = new Float32Array(images * regions * featureWidth)
  await reader.readMany(features, out)
  return out
}

/** Reads what belongs to each item, one item ahead of the one that is being worked on. */
export async function* prefetch<Item, Read>(
  items: readonly Item[],
  read: (item: Item) => Promise<Read>,
): AsyncGenerator<[Item, Read]> {
  const start = (index: number) => {
    if (index >= items.length) return undefined
    const reading = read(items[index]!)
    reading.catch(() => undefined) // thrown when its turn comes
    return reading
  }
  let next = start(0)
  try {
    for (const [i, item] of items.entries()) {
      const ready = await next!
      next = start(i + 1)
      yield [item, ready]
    }
  } finally {
    await next?.catch(() => undefined) // files must not be closed while they are read
  }
}
