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
  /** Captions in a batch; or 'images' of them, where a batch is a number of images whatever captions they have. */
  readonly size: number
  readonly of: 'captions' | 'images'
  /** Most captions of one image in a batch of images; an image with more gives others in other epochs. */
  readonly perImage: number
}

/**
 * The batches of an epoch: a pure function of the seed and the epoch, so that training resumes anywhere. A batch has `size`
 * captions, or fewer where the next image's do not fit; the last one may be smaller.
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

/** Images of a full batch, where each has as many captions as any; batches of images with fewer hold more images. */
export function imagesOf(counts: readonly number[], batching: Batching): number {
  if (batching.by === 'captions') return batching.size
  return Math.max(1, Math.floor(batching.size / largest(counts.map((count) => weightOf(count, batching)))))
}

/** Captions of an image that a batch takes, of `count`. */
const takenOf = (count: number, { of, perImage, size }: Batching) =>
  Math.min(count, perImage, of === 'captions' ? size : Infinity)

/** What an image adds to the size of its batch. */
const weightOf = (count: number, batching: Batching) =>
  batching.of === 'images' ? 1 : takenOf(count, batching)

const largest = (values: readonly number[]) => values.reduce((most, value) => Math.max(most, value), 1)

/** Batches whose images are sorted by length together: enough to save a third of the words, few enough to stay random. */
const window = 24

function imageBatches(
  counts: readonly number[],
  batching: Batching,
  key: number,
  { epoch, longest }: { epoch: number; longest: readonly number[] | undefined },
): Batch[] {
  const order = shuffle(Array.from(counts.keys()), draw(key))
  const weight = (image: number) => weightOf(counts[image]!, batching)
  // Images with equally many captions come together as well, since each image of a batch has room for the most.
  const bySize = (a: number, b: number) => weight(a) - weight(b) || longest![a]! - longest![b]!
  const windows = () => chunks(order, imagesOf(counts, batching) * window)
  const groups = longest
    ? shuffle(
        packed(
          windows().flatMap((some) => some.sort(bySize)),
          weight,
          batching.size,
        ),
        draw(~key),
      )
    : packed(order, weight, batching.size)
  return groups.map((images) => ({
    images,
    captions: images.map((image) => {
      const count = counts[image]!
      const taken = takenOf(count, batching)
      return Array.from({ length: taken }, (_, i) => (epoch * taken + i) % count)
    }),
  }))
}

/** Images in groups of at most `size`, in order. */
function packed(images: readonly number[], weight: (image: number) => number, size: number): number[][] {
  const groups: number[][] = []
  let room = 0
  for (const image of images) {
    if (weight(image) > room) {
      groups.push([])
      room = size
    }
    groups.at(-1)!.push(image)
    room -= weight(image)
  }
  return groups
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

/** How many times the images of a full batch a larger one is padded to. */
const multiples = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 64]

/** The smallest of the compiled numbers of images that a batch's fit in, where a full one has `full`. */
export const imageBucketOf = (images: number, full: number): number =>
  roomFor(
    images,
    Infinity,
    multiples.map((times) => Math.ceil(times * full)),
  )

const roomFor = (count: number, most: number, sizes: readonly number[]): number =>
  Math.min(most, sizes.find((size) => size >= count) ?? most)

/** Random integers of a shuffle that are a pure function of `key`. */
const draw = (key: number) => (count: number) => (hash(key, count - 1) >>> 0) % count

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}
