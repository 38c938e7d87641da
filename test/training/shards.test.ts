/** Shards: a batch is divided without loss, and read one item ahead. */
import fc from 'fast-check'
import t from 'tap'
import { sliceOf } from '../../lib/training/batches.js'
import type { Run } from '../../lib/training/run.js'
import { batchingOf, prefetch, shardingOf } from '../../lib/training/shards.js'

const runOf = (size: number, perImage: number, microBatch: number, ranks: number, rank: number) =>
  ({
    batching: { by: 'images', size, of: 'captions', perImage },
    scst: { images: 7 },
    beam: 5,
    microBatch,
    ranks: { size: ranks, rank },
  }) as unknown as Run // all that sharding looks at

t.test('the shards of all ranks are the batch, in order, each image once', async () => {
  const sizes = [fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 6 })] as const
  fc.assert(
    fc.property(
      ...sizes,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 5 }),
      (size, perImage, micro, ranks) => {
        const images = Math.max(1, Math.floor(size / perImage))
        const batch = { images: Array.from({ length: images }, (_, i) => i), captions: [] }
        const seen: number[] = []
        for (let rank = 0; rank < ranks; rank++) {
          const { first, own, imagesOfEach } = shardingOf(
            runOf(size, perImage, micro, ranks, rank),
            'xe',
            images,
          )
          for (let i = first; i < first + own; i++) {
            const { length } = sliceOf(batch, i, imagesOfEach).images
            if (imagesOfEach > 1 && length * perImage > micro + perImage) return false
            seen.push(...sliceOf(batch, i, imagesOfEach).images)
          }
        }
        return seen.join() === batch.images.join()
      },
    ),
  )
})

t.test('without a limit a rank has one micro-batch', async (t) => {
  const shardings = [
    shardingOf(runOf(50, 5, Infinity, 2, 1), 'xe', 10),
    shardingOf(runOf(50, 5, 10, 1, 0), 'xe', 10),
    shardingOf(runOf(50, 5, 10, 1, 0), 'scst', 7),
  ]
  t.same(shardings, [
    { count: 2, imagesOfEach: 5, first: 1, own: 1 },
    { count: 5, imagesOfEach: 2, first: 0, own: 5 },
    { count: 4, imagesOfEach: 2, first: 0, own: 4 },
  ])
  t.same(batchingOf(runOf(50, 5, 10, 1, 0), 'scst'), { by: 'images', perImage: 5, size: 7, of: 'images' })
})

t.test('the next item is read while one is worked on, and no more than that', async (t) => {
  const said: string[] = []
  const read = async (item: number) => {
    said.push(`read ${item}`)
    return item * 10
  }
  for await (const [item, ready] of prefetch([1, 2, 3], read)) {
    t.equal(ready, item * 10)
    said.push(`work ${item}`)
  }
  t.same(said, ['read 1', 'read 2', 'work 1', 'read 3', 'work 2', 'work 3'])
})

t.test('a read that fails is an error when its turn comes', async (t) => {
  const worked: number[] = []
  const read = async (item: number) => {
    if (item === 2) throw new Error('no such image')
  }
  const work = async () => {
    for await (const [item] of prefetch([1, 2, 3], read)) worked.push(item)
  }
  await t.rejects(work(), /no such image/)
  t.same(worked, [1])
})

t.test('leaving early waits for the read in progress', async (t) => {
  let reading = 0
  const read = async () => {
    reading++
    await new Promise((done) => setTimeout(done, 20))
    reading--
  }
  for await (const _ of prefetch([1, 2, 3], read)) break
  t.equal(reading, 0)
})
