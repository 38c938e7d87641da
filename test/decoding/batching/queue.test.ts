import t from 'tap'
import { createQueue } from '../../../lib/decoding/batching/queue.js'

/** A stream that gives what is pushed into it. */
function createSource<T>() {
  const items: T[] = []
  let wake = () => {}
  let end: { error?: unknown } | undefined
  let closed = false
  const change = () => new Promise<void>((resolve) => (wake = resolve))
  async function* stream() {
    try {
      for (;;) {
        while (items.length > 0) yield items.shift()!
        if (end?.error) throw end.error
        if (end) return
        await change()
      }
    } finally {
      closed = true
    }
  }
  return {
    stream: stream(),
    push: (...more: T[]) => (items.push(...more), wake()),
    finish: (error?: unknown) => ((end = { error }), wake()),
    closed: () => closed,
  }
}

const imagesOf = (taken: readonly { image: number }[]) => taken.map(({ image }) => image)

t.test('a full batch where there is one, less at a pause or at the end', async (t) => {
  const source = createSource<number>()
  const queue = createQueue(source.stream, 8)
  source.push(10, 11, 12, 13, 14)
  const first = await queue.take(4, Infinity, true)
  t.same(
    first,
    [10, 11, 12, 13].map((image, index) => ({ image, index })),
  )
  t.same(imagesOf(await queue.take(4, 1, true)), [14], 'what is there when the stream pauses')
  t.same(await queue.take(4, 1, false), [], 'nothing, for one who does not wait')
  const later = queue.take(4, 1, true)
  source.push(15)
  t.same(imagesOf(await later), [15], 'one who waits gets the next')
  source.push(16, 17)
  source.finish()
  t.same(imagesOf(await queue.take(9, Infinity, true)), [16, 17], 'the rest at the end')
  t.ok(queue.ended)
  t.same(await queue.take(1, Infinity, true), [])
  t.equal(queue.taken, 8)
})

t.test('those who wait do not keep those from going on who do not', async (t) => {
  const source = createSource<number>()
  const queue = createQueue(source.stream, 8)
  const idle = queue.take(4, 1, true)
  t.same(await queue.take(4, 1, false), [])
  source.push(1)
  t.same(imagesOf(await idle), [1])
  queue.close()
})

t.test('what the stream throws comes after the images before it', async (t) => {
  const source = createSource<number>()
  const queue = createQueue(source.stream, 8)
  source.push(1, 2)
  source.finish(new Error('a bad record'))
  t.same(imagesOf(await queue.take(8, Infinity, true)), [1, 2])
  t.ok(queue.ended)
  t.match(queue.failure, { error: { message: 'a bad record' } })
})

t.test('a part ends before the image that stops it, which stays', async (t) => {
  const source = createSource<number>()
  const queue = createQueue(source.stream, 8)
  source.push(1, 3, 4, 5)
  source.finish()
  await queue.gather(4, Infinity)
  t.equal(queue.waiting, 4)
  const odd = queue.until((image) => image % 2 === 0)
  t.same(imagesOf(await odd.take(8, Infinity, true)), [1, 3])
  t.ok(odd.ended)
  t.same(await odd.take(8, Infinity, true), [])
  t.equal(queue.first, 4)
  t.same(await queue.take(8, Infinity, true), [{ image: 4, index: 2 }, { image: 5, index: 3 }]) // prettier-ignore
})

t.test('reads no further ahead than its limit, and closes its stream', async (t) => {
  let given = 0
  let closed = false
  async function* numbers() {
    try {
      for (;;) yield given++
    } finally {
      closed = true
    }
  }
  const queue = createQueue(numbers(), 3)
  await queue.gather(99, Infinity)
  t.equal(queue.waiting, 3)
  t.same(imagesOf(await queue.take(99, Infinity, true)), [0, 1, 2], 'a batch is no larger than the limit')
  await queue.gather(99, Infinity)
  t.equal(given, 6)
  const nothing = queue.take(99, Infinity, true)
  await nothing
  queue.close()
  t.same(await queue.take(1, Infinity, true), [])
  await new Promise((resolve) => setImmediate(resolve))
  t.ok(closed)
})

t.test('closing wakes those who wait, even if the stream never ends', async (t) => {
  const source = createSource<number>()
  const queue = createQueue(source.stream, 3)
  const waiting = queue.take(1, Infinity, true)
  queue.close()
  t.same(await waiting, [])
  t.ok(queue.ended)
})
