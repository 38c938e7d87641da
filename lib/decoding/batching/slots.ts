/** The slots of a runner: their layout, and the buffers in host memory that keep images and words from step to step. */
import type { Compiled } from '../../engine/engine.js'
import { startSlot } from '../../model/kv-cache.js'
import { regionNoise as noiseOfRegion, wordNoise } from '../../model/noise.js'
import { allZeros, float32, int32, type HostTensor, type HostTensors, type Specs } from '../../tensor.js'
import type { Choices } from '../search/search.js'

/**
 * A model that decodes many images at once, in fixed slots: each holds the rows of one search, at its own position. The
 * keys and values of the words so far stay inside; `step` reorders them by parents.
 */
export interface SlotRunner<Image> {
  readonly slots: number
  /** Rows of a slot: beams, times banks. */
  readonly rows: number
  /** Images encoded together. */
  readonly encodeBatch: number
  /**
   * Encodes up to `encodeBatch` images and finds their first words. Each must be loaded into a slot, or be finished, before
   * others are encoded.
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

/** One image after the encoder; only the runner knows what else is in it. */
export interface Encoded {
  /** Choices of the first word, of all rows of a slot. */
  readonly first: Choices
}

/** How a runner's slots are laid out: plain data. */
export interface SlotLayout {
  readonly slots: number
  readonly rows: number
  readonly choices: number
  readonly encodeBatch: number
  readonly regions: number
  readonly featureWidth: number
  /** What encoding computes of its images: their first words, and what a slot keeps of each. */
  readonly encoded: Specs
  /** What the slots keep of their images, and of the words so far. */
  readonly cross: Specs
  readonly cache: Specs
  /** What a step computes for all rows. */
  readonly words: Specs
}

/** Where slots get their inputs from. */
export interface SlotInputs<Image> {
  /** Writes the features of images, (images, regions, featureWidth), padded with zeros. */
  readFeatures(images: readonly Image[], out: Float32Array): Promise<void>
  /** Dropout, for self-critical training: the seed of this search, and a number for each of its images. */
  readonly noise?: { seed(): number; keyOf(image: Image): number }
}

/**
 * Runs compiled functions on slots. The words' keys and values lie in buffers that a step both reads and writes: it adds
 * those of the new words in place, where onnxruntime would otherwise copy all of them, a tenth of a step's time.
 */
export function createSlots<Image>(
  encode: Compiled,
  step: Compiled,
  { slots, rows, choices, encodeBatch, regions, featureWidth, ...specs }: SlotLayout,
  { readFeatures, noise }: SlotInputs<Image>,
): SlotRunner<Image> {
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
      return images.map((image, index): EncodedImage => {
        return { index, key: noise?.keyOf(image) ?? 0, first: repeated(first, index, rows) }
      })
    },
    load(slot, one) {
      const { index, key } = one as EncodedImage // as encode made it
      keys[slot] = key
      for (const [name, { data }] of Object.entries(cross)) {
        const size = data.length / slots
        const image = encoded[name]!.data.subarray(index * size, (index + 1) * size) as Float32Array // as specified
        ;(data as Float32Array).set(image, slot * size) // likewise
      }
      startSlot(kept, { slots, slot }, encoded, index)
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

/** An image of the batch encoded last: its place there, and the key of its dropout. */
interface EncodedImage extends Encoded {
  readonly index: number
  readonly key: number
}

const choicesOf = ({ ids, logProbs, all }: HostTensors, perRow: number): Choices => ({
  ids: ids!.data as Int32Array, // as specified
  logProbs: logProbs!.data as Float32Array, // likewise
  perRow,
  ...(all && { all: all.data as Float32Array }), // likewise
})

/** The choices of one row, copied to `rows` rows. */
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

/** The names of what a step writes: those of what it read, after `next.`. */
export const nextOf = <T>(kept: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(kept).map(([name, entry]) => [`next.${name}`, entry]))
