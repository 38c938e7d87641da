/** Batches: every caption once, the same for the same seed, images of similar length together. */
import fc from 'fast-check'
import t from 'tap'
import { bucketOf, epochBatches, imageBucketOf, sliceOf, type Batching } from '../../lib/training/batches.js'

const flat = (batches: ReturnType<typeof epochBatches>) =>
  batches.flatMap(({ images, captions }) =>
    images.flatMap((image, i) => captions[i]!.map((caption) => `${image}.${caption}`)),
  )

t.test('an epoch holds every caption once, whatever the batching', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 }),
      fc.constantFrom<Batching['by']>('images', 'captions'),
      fc.integer({ min: 5, max: 30 }),
      fc.integer(),
      fc.nat(20),
      (counts, by, size, seed, epoch) => {
        const batches = epochBatches(counts, { by, size, of: 'captions', perImage: 5 }, seed, { epoch })
        const expected = counts.flatMap((count, image) =>
          Array.from({ length: count }, (_, caption) => `${image}.${caption}`),
        )
        const within = batches.every(({ captions }) => captions.flat().length <= size)
        return within && flat(batches).sort().join() === expected.sort().join()
      },
    ),
  )
})

t.test('batches depend on the seed and the epoch and on nothing else', async (t) => {
  const counts = Array.from({ length: 30 }, () => 5)
  const batching = { by: 'images', size: 25, of: 'captions', perImage: 5 } as const
  const of = (seed: number, epoch: number) => JSON.stringify(epochBatches(counts, batching, seed, { epoch }))
  t.equal(of(1, 2), of(1, 2))
  t.not(of(1, 2), of(1, 3))
  t.not(of(1, 2), of(2, 2))
})

t.test('images of similar length go together, and still each once', async (t) => {
  const counts = Array.from({ length: 500 }, () => 2)
  const longest = counts.map((_, image) => 5 + ((image * 7) % 20))
  const batching = { by: 'images', size: 20, of: 'captions', perImage: 2 } as const
  const batches = epochBatches(counts, batching, 3, { epoch: 0, longest })
  t.same(flat(batches).sort(), flat(epochBatches(counts, batching, 3, { epoch: 0 })).sort())
  const cost = (of: typeof batches) =>
    of.reduce(
      (sum, { images }) => sum + images.length * Math.max(...images.map((image) => longest[image]!)),
      0,
    )
  t.ok(cost(batches) < 0.75 * cost(epochBatches(counts, batching, 3, { epoch: 0 })))
  const lengths = batches.map(({ images }) => longest[images[0]!]!)
  t.not(JSON.stringify(lengths), JSON.stringify(lengths.toSorted((a, b) => a - b)), 'in no order of length')
})

t.test('an image with more captions than a batch takes gives others in other epochs', async (t) => {
  const seen = new Set<string>()
  for (let epoch = 0; epoch < 7; epoch++)
    for (const caption of flat(
      epochBatches([7], { by: 'images', size: 5, of: 'captions', perImage: 5 }, 1, { epoch }),
    ))
      seen.add(caption)
  t.equal(seen.size, 7)
})

t.test('the slices of a batch together are the batch', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 5 }),
      (full, size, count) => {
        const images = Array.from({ length: Math.min(size, full) }, (_, i) => i)
        const batch = { images, captions: images.map((image) => [image]) }
        const each = Math.ceil(full / count)
        const together = Array.from({ length: count }, (_, i) => sliceOf(batch, i, each).images).flat()
        return together.join() === images.join()
      },
    ),
  )
})

t.test('lengths fall into few buckets', async (t) => {
  t.same(
    [1, 8, 9, 17, 53, 60].map((longest) => bucketOf(longest, 54)),
    [8, 8, 12, 20, 54, 54],
  )
  t.equal(bucketOf(9, 10), 10)
})

t.test('a batch has the captions that were asked for, however many each image has', async (t) => {
  const batching = { by: 'images', size: 24, of: 'captions', perImage: 5 } as const
  const sizes = (counts: readonly number[]) => {
    const longest = counts.map((_, image) => 5 + (image % 9))
    return epochBatches(counts, batching, 1, { epoch: 0, longest }).map(
      ({ captions }) => captions.flat().length,
    )
  }
  t.same(sizes(Array.from({ length: 96 }, () => 1)), [24, 24, 24, 24])
  t.same(sizes(Array.from({ length: 32 }, () => 3)), [24, 24, 24, 24])
  const mixed = sizes(Array.from({ length: 300 }, (_, image) => 1 + (image % 7)))
  t.equal(
    mixed.filter((size) => size < 20).length <= 1,
    true,
    `all but the last are nearly full: ${mixed.join(' ')}`,
  )
  t.ok(Math.max(...mixed) <= 24, 'and none is too full')
  t.same(
    [24, 25, 30, 31, 120].map((images) => imageBucketOf(images, 24)),
    [24, 30, 30, 36, 120],
  )
})

t.test('batches of images have that many, however many captions each has', async (t) => {
  const counts = Array.from({ length: 25 }, (_, image) => 1 + image)
  const batches = epochBatches(counts, { by: 'images', size: 10, of: 'images', perImage: 30 }, 1, {
    epoch: 0,
  })
  t.same(
    batches.map(({ images }) => images.length),
    [10, 10, 5],
  )
  t.equal(flat(batches).length, 325, 'and all of their captions')
})
