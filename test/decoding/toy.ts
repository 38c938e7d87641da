import type { Choices } from '../../lib/decoding/search.js'
import type { SlotMachine } from '../../lib/decoding/scheduler.js'
import { hash } from '../../lib/model/noise.js'

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

/** A machine over the toy language that remembers words as a model remembers keys: by row, reordered by parents. */
export function toyMachine(
  slots: number,
  rows: number,
  vocabulary: number,
  perRow: number,
  encodeBatch = 3,
): SlotMachine<number> & { steps: number } {
  const images = new Int32Array(slots)
  let pasts: number[][] = Array.from({ length: slots * rows }, () => [])
  const machine = {
    slots,
    rows,
    encodeBatch,
    steps: 0,
    encode: async (batch: readonly number[]) => batch.map((image) => ({ image })),
    load(slot: number, encoded: object) {
      images[slot] = (encoded as { image: number }).image // what encode above made
    },
    async step(words: Int32Array, parents: Int32Array, positions: Int32Array): Promise<Choices> {
      machine.steps++
      const before = pasts
      pasts = before.map((_, row) => {
        const slot = Math.floor(row / rows)
        const past = before[slot * rows + parents[row]!]!.slice(0, positions[slot])
        return [...past, words[row]!]
      })
      const ids = new Int32Array(slots * rows * perRow)
      const logProbs = new Float32Array(slots * rows * perRow)
      const all = new Float32Array(slots * rows * vocabulary)
      pasts.forEach((past, row) => {
        const next = toyLogProbs(images[Math.floor(row / rows)]!, past.slice(1), vocabulary)
        all.set(next, row * vocabulary)
        const order = Array.from(next.keys()).sort((a, b) => next[b]! - next[a]! || a - b)
        for (let i = 0; i < perRow; i++) {
          ids[row * perRow + i] = order[i]!
          logProbs[row * perRow + i] = next[order[i]!]!
        }
      })
      return { ids, logProbs, perRow, all }
    },
    dispose() {},
  }
  return machine
}
