/** Continuous batching: a stream of images through the slots of one or several runners. */
import type { Search } from '../search/search.js'
import { createBell } from './bell.js'
import { createQueue, type Queue } from './queue.js'
import { runSlots, type Decoded, type Shared } from './slot-loop.js'
import type { SlotRunner } from './slots.js'

/** How a stream is decoded: by one or several runners, with as many rows to a slot as a search has. */
export interface Decoding<Image> {
  readonly runners: readonly SlotRunner<Image>[]
  newSearch(image: Image, index: number): Search
  /** How many finished images may wait for a slower one before them; default: four times the slots. */
  readonly ahead?: number
}

/** Decodes a stream of images; see {@link decodeQueue}. What the stream throws comes after the images before it. */
export async function* decode<Image>(
  images: AsyncIterable<Image>,
  runners: readonly SlotRunner<Image>[],
  newSearch: (image: Image, index: number) => Search,
  { ahead = 4 * slotsOf(runners) } = {},
): AsyncGenerator<Decoded<Image>> {
  const encoded = runners.reduce((sum, { encodeBatch }) => sum + encodeBatch, 0)
  const queue = createQueue(images, encoded)
  try {
    yield* decodeQueue(queue, { runners, newSearch, ahead })
    if (queue.failure) throw queue.failure.error
  } finally {
    queue.close()
  }
}

/**
 * Decodes a queue of images. A finished image's slot is refilled at once, so that a step's cost is shared by as many
 * images as there are slots, however much their captions differ in length. Several runners work side by side, each taking
 * images when it has free slots. Results come in the order of the images; at most `ahead` finished ones wait for a slower
 * one before them, then no new image is taken. The queue is closed where decoding ends before it.
 */
export async function* decodeQueue<Image>(
  queue: Queue<Image>,
  { runners, newSearch, ahead = 4 * slotsOf(runners) }: Decoding<Image>,
): AsyncGenerator<Decoded<Image>> {
  const finished = new Map<number, Decoded<Image>>()
  const bell = createBell()
  let given = queue.taken
  let stopping = false
  let working = runners.length
  let failure: { readonly error: unknown } | undefined

  const shared: Shared<Image> = {
    queue,
    newSearch,
    stopping: () => stopping,
    hasRoom: () => queue.taken - given < ahead + slotsOf(runners),
    change: () => bell.rung(),
    finish(index, result) {
      finished.set(index, result)
      bell.ring()
    },
  }
  const stop = () => {
    stopping = true
    queue.close()
    bell.ring()
  }
  const runs = runners.map((runner) =>
    runSlots(runner, shared)
      .catch((error: unknown) => {
        failure ??= { error }
        stop()
      })
      .finally(() => {
        working--
        bell.ring()
      }),
  )
  try {
    for (;;) {
      for (let next; (next = finished.get(given)); given++) {
        finished.delete(given)
        yield next
      }
      bell.ring()
      if (failure) throw failure.error
      if (working === 0) return
      await bell.rung()
    }
  } finally {
    if (working > 0) stop()
    await Promise.all(runs)
  }
}

const slotsOf = (runners: readonly { slots: number }[]): number =>
  runners.reduce((sum, { slots }) => sum + slots, 0)
