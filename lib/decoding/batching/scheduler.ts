import { createBell } from './bell.js'
import { queue, type Line } from './queue.js'
import type { Choices, Hypothesis, Search } from '../search/search.js'

/**
 * A model that decodes many images at once: fixed slots, each a whole search's rows, each at its own position.
 * Memory of the words so far (keys and values of the self-attention) stays inside; `step` reorders it by parents.
 */
export interface SlotMachine<Image> {
  readonly slots: number
  /** Rows of a slot: beams, times cells. */
  readonly rows: number
  /** Images encoded together. */
  readonly encodeBatch: number
  /**
   * Encodes up to `encodeBatch` images and finds their first words; each is loaded into a slot, or done with, before others
   * are encoded.
   */
  encode(images: readonly Image[]): Promise<readonly Encoded[]>
  /** Gives a slot to an image: its next step is the image's second. */
  load(slot: number, encoded: Encoded): void
  /**
   * One step of all slots.
   *
   * @param words (slots * rows) the words to feed
   * @param parents (slots * rows) the row, within its slot, whose past each row continues
   * @param positions (slots) how many words each slot has been fed before
   * @returns choices of all slots * rows rows
   */
  step(words: Int32Array, parents: Int32Array, positions: Int32Array): Promise<Choices>
  dispose(): void
}

/** One image after the encoder; only the machine knows what else is in it. */
export interface Encoded {
  /** Choices of the first word, of all rows of a slot. */
  readonly first: Choices
}

/** An image's captions, best first. */
export interface Decoded<Image> {
  readonly image: Image
  readonly hypotheses: Hypothesis[]
}

/**
 * Continuous batching: a finished image's slot is refilled at once from the stream, so that a step's cost is shared
 * by as many images as there are slots, however their captions differ in length. Several machines work side by side,
 * each taking images as it has room. Results come in the order of the images; at most `ahead` finished ones wait for a
 * slower one before them, then no new image is taken.
 *
 * @param machines one or several, with slots of as many rows as a search has
 */
export async function* decode<Image>(
  images: AsyncIterable<Image>,
  machines: readonly SlotMachine<Image>[],
  newSearch: (image: Image, index: number) => Search,
  { ahead = 4 * slotsOf(machines) } = {},
): AsyncGenerator<Decoded<Image>> {
  const finished = new Map<number, Decoded<Image>>()
  const bell = createBell()
  const line = queue(images)
  let given = 0
  let stopping = false
  let working = machines.length
  let failure: { readonly error: unknown } | undefined

  const shared: Shared<Image> = {
    line,
    newSearch,
    stopping: () => stopping,
    hasRoom: () => line.taken - given < ahead + slotsOf(machines),
    change: () => bell.rung(),
    finish(index, result) {
      finished.set(index, result)
      bell.ring()
    },
  }
  const runs = machines.map((machine) =>
    runMachine(machine, shared)
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
    await line.close()
  }
}

/** What machines side by side share. */
interface Shared<Image> {
  readonly line: Line<Image>
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

interface Seat<Image> {
  readonly job: Job<Image>
  readonly search: Search
  position: number
}

/** Decodes with one machine for as long as there are images. */
async function runMachine<Image>(machine: SlotMachine<Image>, shared: Shared<Image>): Promise<void> {
  const { slots, rows, encodeBatch } = machine
  const seats: (Seat<Image> | undefined)[] = Array.from({ length: slots }, () => undefined)
  const waiting: Job<Image>[] = []
  const words = new Int32Array(slots * rows)
  const parents = new Int32Array(slots * rows)
  const positions = new Int32Array(slots)

  async function encodeMore(): Promise<void> {
    const batch = await shared.line.take(encodeBatch)
    if (batch.length === 0) return
    const encoded = await machine.encode(batch.map(({ image }) => image))
    batch.forEach((one, i) => waiting.push({ ...one, encoded: encoded[i]! }))
  }

  const finish = ({ job: { image, index }, search }: Seat<Image>) =>
    shared.finish(index, { image, hypotheses: search.result() })

  async function fillSeats(): Promise<void> {
    for (let slot = 0; slot < slots; slot++)
      while (!seats[slot]) {
        while (waiting.length === 0 && !shared.line.ended && !shared.stopping()) {
          if (shared.hasRoom()) await encodeMore()
          else if (seats.some(Boolean)) return
          else await shared.change()
        }
        const job = waiting.shift()
        if (!job) return
        const seat = { job, search: shared.newSearch(job.image, job.index), position: 1 }
        if (seat.search.rows !== rows)
          throw new RangeError(`a search of ${seat.search.rows} rows in slots of ${rows}`)
        if (seat.search.advance(job.encoded.first)) finish(seat)
        else {
          machine.load(slot, job.encoded)
          seats[slot] = seat
        }
      }
  }

  for (;;) {
    await fillSeats()
    if (shared.stopping() || seats.every((seat) => !seat)) return
    seats.forEach((seat, slot) => {
      positions[slot] = seat?.position ?? 0
      if (!seat) return
      words.set(seat.search.words, slot * rows)
      parents.set(seat.search.parents, slot * rows)
    })
    const choices = await machine.step(words, parents, positions)
    seats.forEach((seat, slot) => {
      if (!seat) return
      seat.position++
      if (!seat.search.advance(ofSlot(choices, slot, rows))) return
      finish(seat)
      seats[slot] = undefined
    })
  }
}

const slotsOf = (machines: readonly { slots: number }[]): number =>
  machines.reduce((sum, { slots }) => sum + slots, 0)

/** The choices of one slot's rows: views. */
function ofSlot({ ids, logProbs, perRow, all }: Choices, slot: number, rows: number): Choices {
  const from = slot * rows * perRow
  const to = from + rows * perRow
  const choices = { ids: ids.subarray(from, to), logProbs: logProbs.subarray(from, to), perRow }
  if (!all) return choices
  const part = (all.length / ids.length) * perRow * rows // words of a slot's rows
  return { ...choices, all: all.subarray(slot * part, (slot + 1) * part) }
}
