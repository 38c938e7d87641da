/** Continuous batching: a stream of images through the slots of one or several runners. */
import type { Choices, Hypothesis, Search } from '../search/search.js'
import { createBell, createQueue, type Queue } from './queue.js'
import type { Encoded, SlotRunner } from './slots.js'

/** An image's captions, best first. */
export interface Decoded<Image> {
  readonly image: Image
  readonly hypotheses: Hypothesis[]
}

/**
 * Decodes a stream of images. A finished image's slot is refilled at once, so that a step's cost is shared by as many
 * images as there are slots, however much their captions differ in length. Several runners work side by side, each taking
 * images when it has free slots. Results come in the order of the images; at most `ahead` finished ones wait for a slower
 * one before them, then no new image is taken.
 *
 * @param runners one or several, with as many rows to a slot as a search has
 */
export async function* decode<Image>(
  images: AsyncIterable<Image>,
  runners: readonly SlotRunner<Image>[],
  newSearch: (image: Image, index: number) => Search,
  { ahead = 4 * slotsOf(runners) } = {},
): AsyncGenerator<Decoded<Image>> {
  const finished = new Map<number, Decoded<Image>>()
  const bell = createBell()
  const queue = createQueue(images)
  let given = 0
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
  const runs = runners.map((runner) =>
    runSlots(runner, shared)
      .catch((error: unknown) => {
        failure ??= { error }
        stopping = true
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
    stopping = true
    bell.ring()
    await Promise.all(runs)
    await queue.close()
  }
}

/** What the runners share. */
interface Shared<Image> {
  readonly queue: Queue<Image>
  newSearch(image: Image, index: number): Search
  stopping(): boolean
  /** Whether another image may be taken. */
  hasRoom(): boolean
  /** Resolves when any of this has changed. */
  change(): Promise<void>
  finish(index: number, result: Decoded<Image>): void
}

interface Job<Image> {
  readonly image: Image
  readonly index: number
  readonly encoded: Encoded
}

/** The image in a slot. */
interface Occupant<Image> {
  readonly job: Job<Image>
  readonly search: Search
  position: number
}

/** Decodes with one runner for as long as there are images. */
async function runSlots<Image>(runner: SlotRunner<Image>, shared: Shared<Image>): Promise<void> {
  const { slots, rows, encodeBatch } = runner
  const occupants: (Occupant<Image> | undefined)[] = Array.from({ length: slots }, () => undefined)
  const waiting: Job<Image>[] = []
  const words = new Int32Array(slots * rows)
  const parents = new Int32Array(slots * rows)
  const positions = new Int32Array(slots)

  async function encodeMore(): Promise<void> {
    const batch = await shared.queue.take(encodeBatch)
    if (batch.length === 0) return
    const encoded = await runner.encode(batch.map(({ image }) => image))
    batch.forEach((one, i) => waiting.push({ ...one, encoded: encoded[i]! }))
  }

  const finish = ({ job: { image, index }, search }: Occupant<Image>) =>
    shared.finish(index, { image, hypotheses: search.result() })

  async function fillSlots(): Promise<void> {
    for (let slot = 0; slot < slots; slot++)
      while (!occupants[slot]) {
        while (waiting.length === 0 && !shared.queue.ended && !shared.stopping()) {
          if (shared.hasRoom()) await encodeMore()
          else if (occupants.some(Boolean)) return
          else await shared.change()
        }
        const job = waiting.shift()
        if (!job) return
        const occupant = { job, search: shared.newSearch(job.image, job.index), position: 1 }
        if (occupant.search.rows !== rows)
          throw new RangeError(`a search of ${occupant.search.rows} rows in slots of ${rows}`)
        if (occupant.search.advance(job.encoded.first)) finish(occupant)
        else {
          runner.load(slot, job.encoded)
          occupants[slot] = occupant
        }
      }
  }

  for (;;) {
    await fillSlots()
    if (shared.stopping() || occupants.every((occupant) => !occupant)) return
    occupants.forEach((occupant, slot) => {
      positions[slot] = occupant?.position ?? 0
      if (!occupant) return
      words.set(occupant.search.words, slot * rows)
      parents.set(occupant.search.parents, slot * rows)
    })
    const choices = await runner.step(words, parents, positions)
    occupants.forEach((occupant, slot) => {
      if (!occupant) return
      occupant.position++
      if (!occupant.search.advance(ofSlot(choices, slot, rows))) return
      finish(occupant)
      occupants[slot] = undefined
    })
  }
}

const slotsOf = (runners: readonly { slots: number }[]): number =>
  runners.reduce((sum, { slots }) => sum + slots, 0)

/** The choices of one slot's rows: views. */
function ofSlot({ ids, logProbs, perRow, all }: Choices, slot: number, rows: number): Choices {
  const from = slot * rows * perRow
  const to = from + rows * perRow
  const choices = { ids: ids.subarray(from, to), logProbs: logProbs.subarray(from, to), perRow }
  if (!all) return choices
  const part = (all.length / ids.length) * perRow * rows // words of a slot's rows
  return { ...choices, all: all.subarray(slot * part, (slot + 1) * part) }
}
