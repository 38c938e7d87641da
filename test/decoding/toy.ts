import type { Choices } from '../../lib/decoding/search/search.js'
import type { SlotRunner } from '../../lib/decoding/batching/slots.js'
import { hash } from '../../lib/random.js'

/** A language in which each next word's probability is a fixed function of the image and all words before it. */
export function toyLogProbs(image: number, words: readonly number[], vocabulary: number): Float32Array {
  let state = hash(image, 7)
  for (const word of words) state = hash(state, word)
  const logits = Array.from(
    { length: vocabulary },
    (_, word) => (hash(state, word) % 1000) / 250 + (word === 3 ? words.length / 4 : 0),
  )
  const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0))
  return Float32Array.from(logits, (logit) => logit - total)
}

/** A runner over the toy language that remembers words as a model remembers keys: by row, reordered by parents. */
export function toyRunner(
  slots: number,
  rows: number,
  vocabulary: number,
  perRow: number,
  encodeBatch = 3,
): SlotRunner<number> & { steps: number } {
  const images = new Int32Array(slots)
  let pasts: number[][] = Array.from({ length: slots * rows }, () => [])
  const runner = {
    slots,
    rows,
    encodeBatch,
    steps: 0,
    encode: async (batch: readonly number[]) =>
      batch.map((image) => ({
        image,
        first: choicesOf(
          Array.from({ length: rows }, () => toyLogProbs(image, [], vocabulary)),
          perRow,
        ),
      })),
    load(slot: number, encoded: object) {
      images[slot] = (encoded as { image: number }).image // what encode above made
      for (let row = slot * rows; row < (slot + 1) * rows; row++) pasts[row] = [2]
    },
    async step(words: Int32Array, parents: Int32Array, positions: Int32Array): Promise<Choices> {
      runner.steps++
      const before = pasts
      pasts = before.map((_, row) => {
        const slot = Math.floor(row / rows)
        const past = before[slot * rows + parents[row]!]!.slice(0, positions[slot])
        return [...past, words[row]!]
      })
      const next = pasts.map((past, row) =>
        toyLogProbs(images[Math.floor(row / rows)]!, past.slice(1), vocabulary),
      )
      return choicesOf(next, perRow)
    },
    dispose() {},
  }
  return runner
}

/** The best words of every row. */
function choicesOf(rows: readonly Float32Array[], perRow: number): Choices {
  const orders = rows.map((next) => Array.from(next.keys()).sort((a, b) => next[b]! - next[a]! || a - b))
  const best = orders.map((order) => order.slice(0, perRow))
  return {
    ids: Int32Array.from(best.flat()),
    logProbs: Float32Array.from(best.flatMap((words, row) => words.map((word) => rows[row]![word]!))),
    perRow,
    all: Float32Array.from(rows.flatMap((next) => [...next])),
  }
}
