import type { Choices, Hypothesis, Search } from './search.js'

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
  /** Encodes up to `encodeBatch` images; what it returns is loaded into a slot later. */
  encode(images: readonly Image[]): Promise<readonly Encoded[]>
  /** Gives a slot to an image: its next step is the image's first. */
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
}

/** One image after the encoder; only the machine knows what is in it. */
export type Encoded = object

interface Job<Image> {
  readonly image: Image
  readonly index: number
  readonly encoded: Encoded
}

interface Seat<Image> {
  job: Job<Image>
  search: Search
  position: number
}

/**
 * Continuous batching: a finished image's slot is refilled at once from the stream, so that a step's cost is shared
 * by as many images as there are slots, however their captions differ in length. Results come in the order of the
 * images; at most `ahead` finished ones wait for a slower one before them, then no new image is taken.
 */
export async function* decode<Image>(
  images: AsyncIterable<Image>,
  machine: SlotMachine<Image>,
  newSearch: (image: Image, index: number) => Search,
  { ahead = 8 * machine.slots } = {},
): AsyncGenerator<{ image: Image; hypotheses: Hypothesis[] }> {
  const source = images[Symbol.asyncIterator]()
  const seats: (Seat<Image> | undefined)[] = Array.from({ length: machine.slots }, () => undefined)
  const waiting: Job<Image>[] = []
  const finished = new Map<number, { image: Image; hypotheses: Hypothesis[] }>()
  const { slots, rows } = machine
  const words = new Int32Array(slots * rows)
  const parents = new Int32Array(slots * rows)
  const positions = new Int32Array(slots)
  let taken = 0
  let given = 0
  let exhausted = false

  async function encodeMore(): Promise<void> {
    const batch: Image[] = []
    while (batch.length < machine.encodeBatch) {
      const next = await source.next()
      if (next.done) {
        exhausted = true
        break
      }
      batch.push(next.value)
    }
    if (batch.length === 0) return
    const encoded = await machine.encode(batch)
    batch.forEach((image, i) => waiting.push({ image, index: taken + i, encoded: encoded[i]! }))
    taken += batch.length
  }

  async function fillSeats(): Promise<void> {
    for (let slot = 0; slot < slots; slot++) {
      if (seats[slot]) continue
      if (waiting.length === 0 && !exhausted && taken - given < ahead + slots) await encodeMore()
      const job = waiting.shift()
      if (!job) return
      machine.load(slot, job.encoded)
      const search = newSearch(job.image, job.index)
      if (search.rows !== rows) throw new RangeError(`a search of ${search.rows} rows in slots of ${rows}`)
      seats[slot] = { job, search, position: 0 }
    }
  }

  try {
    for (;;) {
      await fillSeats()
      if (seats.every((seat) => !seat)) return
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
        finished.set(seat.job.index, { image: seat.job.image, hypotheses: seat.search.result() })
        seats[slot] = undefined
      })
      for (let next; (next = finished.get(given)); given++) {
        finished.delete(given)
        yield next
      }
    }
  } finally {
    await source.return?.()
  }
}

/** The choices of one slot's rows: views. */
function ofSlot({ ids, logProbs, perRow, all }: Choices, slot: number, rows: number): Choices {
  const from = slot * rows * perRow
  const to = from + rows * perRow
  const choices = { ids: ids.subarray(from, to), logProbs: logProbs.subarray(from, to), perRow }
  if (!all) return choices
  const part = (all.length / ids.length) * perRow * rows // words of a slot's rows
  return { ...choices, all: all.subarray(slot * part, (slot + 1) * part) }
}
