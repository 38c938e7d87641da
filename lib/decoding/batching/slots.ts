import type { Compiled } from '../../engine/engine.js'
import { startSlot } from '../../model/kv-cache.js'
import { regionNoise as noiseOfRegion, wordNoise } from '../../model/noise.js'
import { allZeros, float32, int32, type HostTensor, type HostTensors, type Specs } from '../../tensor.js'
import type { Encoded, SlotMachine } from './scheduler.js'
import type { Choices } from '../search/search.js'

/** How a machine's slots are laid out: plain data. */
export interface Seating {
  readonly slots: number
  readonly rows: number
  readonly choices: number
  readonly encodeBatch: number
  readonly regions: number
  readonly featureWidth: number
  /** What is computed of the images encoded together: their first words, and what is kept of them in a slot. */
  readonly encoded: Specs
  /** What is kept of the images in the slots, and of their words so far. */
  readonly cross: Specs
  readonly cache: Specs
  /** What a step says of all rows. */
  readonly words: Specs
}

export interface SeatOptions<Image> {
  /** Writes the features of images, (images, regions, featureWidth), padded with zeros. */
  readFeatures(images: readonly Image[], out: Float32Array): Promise<void>
  /** Dropout, for self-critical training: the seed of this search, and a number that tells its images apart. */
  readonly noise?: { seed(): number; keyOf(image: Image): number }
}

/**
 * The host's side of a machine. What words leave behind lies in buffers that a step both reads and writes: it adds a
 * word's keys and values in place, where onnxruntime would else copy those of all words, a tenth of a step.
 */
export function seat<Image>(
  encode: Compiled,
  step: Compiled,
  { slots, rows, choices, encodeBatch, regions, featureWidth, ...specs }: Seating,
  { readFeatures, noise }: SeatOptions<Image>,
): SlotMachine<Image> {
  const features = new Float32Array(encodeBatch * regions * featureWidth)
  const regionNoise = new Int32Array(encodeBatch * regions)
  const rowNoise = new Int32Array(slots * rows)
  const keys = new Int32Array(slots)
  const cross = allZeros(specs.cross)
  const kept = allZeros(specs.cache)
  const results = allZeros(specs.words)
  const encoded = allZeros(specs.encoded)
  const firstNoise = new Int32Array(encodeBatch)
  return {
    slots,
    rows,
    encodeBatch,
    async encode(images) {
      features.fill(0)
      await readFeatures(images, features)
      const inputs: Record<string, HostTensor> = {
        features: float32(features, encodeBatch, regions, featureWidth),
      }
      if (noise) {
        images.forEach((image, i) => {
          for (let region = 0; region < regions; region++)
            regionNoise[i * regions + region] = noiseOfRegion(noise.seed(), noise.keyOf(image), region)
          firstNoise[i] = wordNoise(noise.seed(), noise.keyOf(image), 0, 0)
        })
        inputs['noise'] = int32(firstNoise, encodeBatch)
        inputs['regionNoise'] = int32(regionNoise, encodeBatch * regions)
      }
      await encode.run(inputs, encoded)
      const first = choicesOf(encoded, choices)
      return images.map((image, index): Seat => {
        return { index, key: noise?.keyOf(image) ?? 0, first: repeated(first, index, rows) }
      })
    },
    load(slot, one) {
      const { index, key } = one as Seat // as encode made it
      keys[slot] = key
      for (const [name, { data }] of Object.entries(cross)) {
        const size = data.length / slots
        const image = encoded[name]!.data.subarray(index * size, (index + 1) * size) as Float32Array // as specified
        ;(data as Float32Array).set(image, slot * size) // likewise
      }
      startSlot(kept, slots, slot, encoded, index)
    },
    async step(words, parents, positions): Promise<Choices> {
      const inputs: Record<string, HostTensor> = {
        words: int32(words, slots, rows),
        parents: int32(parents, slots, rows),
        positions: int32(positions, slots),
        ...cross,
        ...kept,
      }
      if (noise) {
        for (let row = 0; row < slots * rows; row++) {
          const slot = Math.floor(row / rows)
          rowNoise[row] = wordNoise(noise.seed(), keys[slot]!, row % rows, positions[slot]!)
        }
        inputs['noise'] = int32(rowNoise, slots * rows)
      }
      return choicesOf(await step.run(inputs, { ...results, ...nextOf(kept) }), choices)
    },
    dispose() {
      encode.dispose()
      step.dispose()
    },
  }
}

interface Seat extends Encoded {
  readonly index: number
  readonly key: number
}

const choicesOf = ({ ids, logProbs, all }: HostTensors, perRow: number): Choices => ({
  ids: ids!.data as Int32Array, // as specified
  logProbs: logProbs!.data as Float32Array, // likewise
  perRow,
  ...(all && { all: all.data as Float32Array }), // likewise
})

/** What a row says, said by `rows` rows: a copy. */
function repeated({ ids, logProbs, perRow, all }: Choices, row: number, rows: number): Choices {
  const copies = <T extends Int32Array | Float32Array>(data: T, width: number, to: T): T => {
    for (let i = 0; i < rows; i++) to.set(data.subarray(row * width, (row + 1) * width), i * width)
    return to
  }
  const words = all && (all.length / ids.length) * perRow
  return {
    ids: copies(ids, perRow, new Int32Array(rows * perRow)),
    logProbs: copies(logProbs, perRow, new Float32Array(rows * perRow)),
    perRow,
    ...(words && { all: copies(all, words, new Float32Array(rows * words)) }),
  }
}

/** What a step leaves behind has the names of what it found, after `next.`. */
export const nextOf = <T>(kept: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(kept).map(([name, entry]) => [`next.${name}`, entry]))
