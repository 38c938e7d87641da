import fc from 'fast-check'
import t from 'tap'
import { partOf } from '../../lib/training/batches.js'
import type { Run } from '../../lib/training/run.js'
import { batchingOf, sharingOf } from '../../lib/training/shares.js'

const runOf = (size: number, perImage: number, microBatch: number, ranks: number, rank: number) =>
  ({
    batching: { by: 'images', size, perImage },
    scst: { images: 7 },
    beam: 5,
    microBatch,
    ranks: { size: ranks, rank },
  }) as unknown as Run // all that sharing looks at

t.test('the parts of all ranks are the batch, in order, each image once', async () => {
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
          const sharing = sharingOf(runOf(size, perImage, micro, ranks, rank), 'xe')
          const share = Math.ceil(sharing.images / sharing.parts)
          for (let i = sharing.first; i < sharing.first + sharing.own; i++) {
            const part = partOf(batch, i, sharing.parts, sharing.images)
            if (part.images.length > share || (share > 1 && part.images.length * perImage > micro + perImage))
              return false
            seen.push(...part.images)
          }
        }
        return seen.join() === batch.images.join()
      },
    ),
  )
})

t.test('without a micro-batch a rank has one part', async (t) => {
  t.match(sharingOf(runOf(50, 5, Infinity, 2, 1), 'xe'), { images: 10, parts: 2, first: 1, own: 1 })
  t.match(sharingOf(runOf(50, 5, 10, 1, 0), 'xe'), { images: 10, parts: 5, first: 0, own: 5 })
  t.match(sharingOf(runOf(50, 5, 10, 1, 0), 'scst'), { images: 7, parts: 4, own: 4 })
  t.same(batchingOf(runOf(50, 5, 10, 1, 0), 'scst'), { by: 'images', perImage: 5, size: 35 })
})
