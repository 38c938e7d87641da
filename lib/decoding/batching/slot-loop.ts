/** The loop of one runner: it fills slots from the queue, steps, and empties those whose search is done. */
import type { Choices, Hypothesis, Search } from '../search/search.js'
import type { Numbered, Queue } from './queue.js'
import type { Encoded, SlotRunner } from './slots.js'

/** An image's captions, best first. */
export interface Decoded<Image> {
  readonly image: Image
  readonly hypotheses: Hypothesis[]
}

/** What the runners share. */
export interface Shared<Image> {
  readonly queue: Queue<Image>
  newSearch(image: Image, index: number): Search
  stopping(): boolean
  /** Whether another image may be taken. */
  hasRoom(): boolean
  /** Resolves when any of this has changed. */
  change(): Promise<void>
  finish(index: number, result: Decoded<Image>): void
}

interface Job<Image> extends Numbered<Image> {
  readonly encoded: Encoded
}

/** The image in a slot. */
interface Occupant<Image> {
  readonly job: Job<Image>
  readonly search: Search
  position: number
}

/**
 * Milliseconds to wait for one more image of a stream that gives them one by one, before those that are there are encoded.
 * Waiting pays for as long as encoding it separately would take.
 */
const [leastPatience, mostPatience] = [20, 500]

/** Decodes with one runner for as long as there are images. */
export async function runSlots<Image>(runner: SlotRunner<Image>, shared: Shared<Image>): Promise<void> {
  const { slots, rows, encodeBatch } = runner
  const occupants: (Occupant<Image> | undefined)[] = Array.from({ length: slots }, () => undefined)
  const waiting: Job<Image>[] = []
  const words = new Int32Array(slots * rows)
  const parents = new Int32Array(slots * rows)
  const positions = new Int32Array(slots)

  let patience = leastPatience

  /** Encodes images; with others in the slots only those that are there. @returns whether there were any */
  async function encodeMore(busy: boolean): Promise<boolean> {
    const batch = await shared.queue.take(encodeBatch, patience, !busy)
    if (batch.length === 0) return false
    const start = performance.now()
    const encoded = await runner.encode(batch.map(({ image }) => image))
    patience = Math.min(mostPatience, Math.max(leastPatience, performance.now() - start))
    batch.forEach((one, i) => waiting.push({ ...one, encoded: encoded[i]! }))
    return true
  }

  const finish = ({ job: { image, index }, search }: Occupant<Image>) =>
    shared.finish(index, { image, hypotheses: search.result() })

  async function fillSlots(): Promise<void> {
    for (let slot = 0; slot < slots; slot++)
      while (!occupants[slot]) {
        while (waiting.length === 0 && !shared.queue.ended && !shared.stopping()) {
          const busy = occupants.some(Boolean)
          if (shared.hasRoom()) {
            if (!(await encodeMore(busy)) && busy) return
          } else if (busy) return
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

/** The choices of one slot's rows: views. */
function ofSlot({ ids, logProbs, perRow, all }: Choices, slot: number, rows: number): Choices {
  const from = slot * rows * perRow
  const to = from + rows * perRow
  const choices = { ids: ids.subarray(from, to), logProbs: logProbs.subarray(from, to), perRow }
  if (!all) return choices
  const part = (all.length / ids.length) * perRow * rows // words of a slot's rows
  return { ...choices, all: all.subarray(slot * part, (slot + 1) * part) }
}
