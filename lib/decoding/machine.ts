import type { Compiled, Engine } from '../engine/engine.js'
import type * as tf from '../engine/tfjs.js'
import { cacheSpecs } from '../model/cache.js'
import type { ModelConfig } from '../model/config.js'
import { crossSpecs, encodeImages } from '../model/images.js'
import { regionNoise as noiseOfRegion, wordNoise } from '../model/noise.js'
import { decodeStep, ensemble, topWords, type StepInputs } from '../model/step.js'
import {
  allZeros,
  float32,
  float32Spec,
  int32,
  int32Spec,
  type HostTensor,
  type HostTensors,
  type Specs,
} from '../tensor.js'
import { parametersOf, prefixed, unprefixed, type Models } from './models.js'
import type { Encoded, SlotMachine } from './scheduler.js'
import type { Choices } from './search.js'

export interface MachineOptions<Image> {
  readonly models: Models
  readonly slots: number
  /** Rows of a slot. */
  readonly rows: number
  /** Most words of a caption. */
  readonly length: number
  /** How many of a row's best words a search sees; 'all' gives it every word's log-probability as well. */
  readonly choices: number
  readonly all?: boolean
  readonly encodeBatch?: number
  /** Writes the features of images, (images, regions, featureWidth), padded with zeros. */
  readFeatures(images: readonly Image[], out: Float32Array): Promise<void>
  /** Dropout, for self-critical training: the seed of this search, and a number that tells its images apart. */
  readonly noise?: { seed(): number; keyOf(image: Image): number }
}

/** A model compiled for decoding in slots; see {@link SlotMachine}. */
export async function createMachine<Image>(
  engine: Engine,
  options: MachineOptions<Image>,
): Promise<SlotMachine<Image> & { dispose(): void }> {
  const { slots, rows, length, choices, all = false, encodeBatch = 8, noise } = options
  const { configs, signature, modelsOf } = parametersOf(options.models)
  const [{ regions, featureWidth, vocabularySize }] = configs as [ModelConfig] // of one model at least
  const each = (specs: (config: ModelConfig) => Specs) => prefixed(configs.map(specs))

  const encode = await engine.compile(
    'encode',
    ({ features, regionNoise }, tensors) => ({
      outputs: prefixed(
        modelsOf(tensors).map(
          (model) => encodeImages(model, features as tf.Tensor3D, regionNoise as tf.Tensor1D | undefined), // as compiled for
        ),
      ),
    }),
    {
      ...signature,
      inputs: {
        features: float32Spec(encodeBatch, regions, featureWidth),
        ...(noise && { regionNoise: int32Spec(encodeBatch * regions) }),
      },
    },
  )
  const step = await engine.compile(
    'decode-step',
    ({ words, parents, positions, noise, ...kept }, tensors) => {
      const places = { words, parents, positions } as StepInputs // as compiled for
      const results = modelsOf(tensors).map(
        (model, i) => decodeStep(model, places, unprefixed(kept, i), noise as tf.Tensor1D | undefined), // likewise
      )
      const logProbs = results.map((result) => result.logProbs)
      return {
        outputs: {
          ...topWords(logProbs, choices),
          ...(all && { all: ensemble(logProbs) }),
          ...nextOf(prefixed(results.map(({ cache }) => cache))),
        },
      }
    },
    {
      ...signature,
      inputs: {
        words: int32Spec(slots, rows),
        parents: int32Spec(slots, rows),
        positions: int32Spec(slots),
        ...(noise && { noise: int32Spec(slots * rows) }),
        ...each((config) => crossSpecs(config, slots)),
        ...each((config) => cacheSpecs(config, { slots, beams: rows, length })),
      },
    },
  )
  return seated(encode, step, {
    options: { ...options, encodeBatch },
    crossOfBatch: each((config) => crossSpecs(config, encodeBatch)),
    cross: allZeros(each((config) => crossSpecs(config, slots))),
    cache: each((config) => cacheSpecs(config, { slots, beams: rows, length })),
    outputs: {
      ids: int32Spec(slots * rows, choices),
      logProbs: float32Spec(slots * rows, choices),
      ...(all && { all: float32Spec(slots * rows, vocabularySize) }),
    },
    regions,
    featureWidth,
  })
}

/**
 * The host's side. What words leave behind lies in buffers that a step both reads and writes: it adds a word's keys and
 * values in place, where onnxruntime would else copy those of all words, a tenth of a step.
 */
function seated<Image>(
  encode: Compiled,
  step: Compiled,
  {
    options: { slots, rows, choices, encodeBatch, readFeatures, noise },
    crossOfBatch,
    cross,
    cache,
    outputs,
    regions,
    featureWidth,
  }: {
    options: MachineOptions<Image> & { encodeBatch: number }
    crossOfBatch: Specs
    cross: HostTensors
    cache: Specs
    outputs: Specs
    regions: number
    featureWidth: number
  },
): SlotMachine<Image> & { dispose(): void } {
  const features = new Float32Array(encodeBatch * regions * featureWidth)
  const regionNoise = new Int32Array(encodeBatch * regions)
  const rowNoise = new Int32Array(slots * rows)
  const keys = new Int32Array(slots)
  const results = allZeros(outputs)
  const kept = allZeros(cache)
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
        })
        inputs['regionNoise'] = int32(regionNoise, encodeBatch * regions)
      }
      const encoded = await encode.run(inputs, allZeros(crossOfBatch))
      return images.map((image, index): Seat => ({ encoded, index, key: noise?.keyOf(image) ?? 0 }))
    },
    load(slot, one) {
      const { encoded, index, key } = one as Seat // as encode made it
      keys[slot] = key
      for (const [name, { data }] of Object.entries(cross)) {
        const size = data.length / slots
        const image = encoded[name]!.data.subarray(index * size, (index + 1) * size) as Float32Array // as specified
        ;(data as Float32Array).set(image, slot * size) // likewise
      }
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
      const made = await step.run(inputs, { ...results, ...nextOf(kept) })
      return {
        ids: made['ids']!.data as Int32Array, // as specified
        logProbs: made['logProbs']!.data as Float32Array, // likewise
        perRow: choices,
        ...(made['all'] && { all: made['all'].data as Float32Array }), // likewise
      }
    },
    dispose() {
      encode.dispose()
      step.dispose()
    },
  }
}

interface Seat extends Encoded {
  readonly encoded: HostTensors
  readonly index: number
  readonly key: number
}

/** What a step leaves behind has the names of what it found, after `next.`. */
const nextOf = <T>(kept: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(kept).map(([name, entry]) => [`next.${name}`, entry]))
