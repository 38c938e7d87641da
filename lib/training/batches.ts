/** The batches of an epoch, and the sizes that they are padded to. */
import { hash, shuffle } from '../random.js'

/**
 * The images of a batch, and the captions that go with each: `captions[i][j]` is the index of a caption of
 * `images[i]`. An image may stand in a batch more than once where each caption brings its own copy of the features.
 */
export interface Batch {
  readonly images: readonly number[]
  readonly captions: readonly (readonly number[])[]
}

export interface Batching {
  /** 'images': an image is encoded once for all its captions; 'captions': once for each caption, as in the reference. */
  readonly by: 'images' | 'captions'
  /** Captions in a batch. */
  readonly size: number
  /** Captions of one image in a batch of images; an image with more gives others in other epochs. */
  readonly perImage: number
}

/**
 * The batches of an epoch: a pure function of the seed and the epoch, so that training resumes anywhere. One batch may
 * be smaller than the others.
 *
 * @param counts how many captions each image has
 * @param longest words of each image's longest caption: batches of images then hold images of similar length, since
 *   a batch costs what its longest caption costs. Batches of captions are drawn as the reference draws them.
 */
export function epochBatches(
  counts: readonly number[],
  batching: Batching,
  seed: number,
  { epoch, longest }: { epoch: number; longest?: readonly number[] | undefined },
): Batch[] {
  const key = hash(seed, epoch)
  return batching.by === 'images'
    ? imageBatches(counts, batching, key, { epoch, longest })
    : captionBatches(counts, batching, key)
}

/** Batches whose images are sorted by length together: enough to save a third of the words, few enough to stay random. */
const window = 24

function imageBatches(
  counts: readonly number[],
  { size, perImage }: Batching,
  key: number,
  { epoch, longest }: { epoch: number; longest: readonly number[] | undefined },
): Batch[] {
  const order = shuffle(Array.from(counts.keys()), draw(key))
  const images = Math.max(1, Math.floor(size / perImage))
  const byLength = (a: number, b: number) => longest![a]! - longest![b]!
  const groups = longest
    ? shuffle(
        chunks(order, images * window).flatMap((some) => chunks(some.sort(byLength), images)),
        draw(~key),
      )
    : chunks(order, images)
  return groups.map((images) => ({
    images,
    captions: images.map((image) => {
      const count = counts[image]!
      const taken = Math.min(count, perImage)
      return Array.from({ length: taken }, (_, i) => (epoch * taken + i) % count)
    }),
  }))
}

function captionBatches(counts: readonly number[], { size }: Batching, key: number): Batch[] {
  const pairs = counts.flatMap((count, image) =>
    Array.from({ length: count }, (_, caption) => ({ image, caption })),
  )
  return chunks(shuffle(pairs, draw(key)), size).map((picks) => ({
    images: picks.map(({ image }) => image),
    captions: picks.map(({ caption }) => [caption]),
  }))
}

/** The `index`-th slice of a batch, of `images` images; the last ones may be smaller, or empty. */
export function sliceOf(batch: Batch, index: number, images: number): Batch {
  const range = [index * images, (index + 1) * images] as const
  return { images: batch.images.slice(...range), captions: batch.captions.slice(...range) }
}

/** Lengths that captions are padded to: one compiled step each. */
const lengths = [8, 12, 16, 20, 24, 32, 40, 54]

/** Nodes that trees of captions are padded to. */
const treeSizes = [12, 16, 20, 26, 32, 40, 50, 64, 80, 100, 128, 160, 200, 256]

/** The smallest of the compiled lengths that `longest` words fit in, at most `most`. */
export const bucketOf = (longest: number, most: number): number => roomFor(longest, most, lengths)

/** The smallest of the compiled sizes that trees of `largest` nodes fit in, at most `most`. */
export const treeBucketOf = (largest: number, most: number): number => roomFor(largest, most, treeSizes)

const roomFor = (count: number, most: number, sizes: readonly number[]): number =>
  Math.min(most, sizes.find((size) => size >= count) ?? most)

/** Random integers of a shuffle that are a pure function of `key`. */
const draw = (key: number) => (count: number) => (hash(key, count - 1) >>> 0) % count

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}
