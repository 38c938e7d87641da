import type { Engine, EngineFunction, Signature } from '../../engine/engine.js'
import type * as tf from '../../engine/tfjs.js'
import { cacheSpecs, keysAndValues } from '../../model/kv-cache.js'
import type { ModelConfig } from '../../model/config.js'
import { crossSpecs, encodeImages } from '../../model/images.js'
import { decodeStep, ensemble, firstStep, topWords, type StepInputs } from '../../model/decode-step.js'
import { float32Spec, int32Spec, type Specs } from '../../tensor.js'
import { parametersOf, prefixed, unprefixed, type Models } from './models.js'
import type { SlotMachine } from './scheduler.js'
import { nextOf, seat, type Seating, type SeatOptions } from './slots.js'

export interface MachineOptions<Image> extends SeatOptions<Image> {
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
}

/** A model compiled for decoding in slots; see {@link SlotMachine}. */
export async function createMachine<Image>(
  engine: Engine,
  options: MachineOptions<Image>,
): Promise<SlotMachine<Image>> {
  const { encode, step, seating } = describeMachine(options)
  return seat(
    await engine.compile('encode', encode.fn, encode.signature),
    await engine.compile('decode-step', step.fn, step.signature),
    seating,
    options,
  )
}

interface Described {
  readonly fn: EngineFunction
  readonly signature: Signature
}

/** What a machine computes: images and their first words at once, then a step for each word; and how its slots are laid out. */
export function describeMachine<Image>(options: MachineOptions<Image>): {
  readonly encode: Described
  readonly step: Described
  readonly seating: Seating
} {
  const { slots, rows, length, choices, all = false, encodeBatch = 8, noise } = options
  const { configs, signature, modelsOf } = parametersOf(options.models)
  const [{ regions, featureWidth, vocabularySize }] = configs as [ModelConfig] // of one model at least
  const each = (specs: (config: ModelConfig) => Specs) => prefixed(configs.map(specs))

  const wordsOf = (logProbs: readonly tf.Tensor2D[]) => ({
    ...topWords(logProbs, choices),
    ...(all && { all: ensemble(logProbs) }),
  })
  const encode: EngineFunction = ({ features, regionNoise, noise }, tensors) => {
    const results = modelsOf(tensors).map((model) => {
      const cross = encodeImages(model, features as tf.Tensor3D, regionNoise as tf.Tensor1D | undefined) // as compiled for
      return { cross, ...firstStep(model, cross, noise as tf.Tensor1D | undefined) } // likewise
    })
    return {
      outputs: {
        ...wordsOf(results.map(({ logProbs }) => logProbs)),
        ...prefixed(results.map(({ cross }) => cross)),
        ...prefixed(results.map(({ cache }) => keysAndValues(cache))),
      },
    }
  }
  const step: EngineFunction = ({ words, parents, positions, noise, ...kept }, tensors) => {
    const places = { words, parents, positions } as StepInputs // as compiled for
    const results = modelsOf(tensors).map(
      (model, i) => decodeStep(model, places, unprefixed(kept, i), noise as tf.Tensor1D | undefined), // likewise
    )
    return {
      outputs: {
        ...wordsOf(results.map(({ logProbs }) => logProbs)),
        ...nextOf(prefixed(results.map(({ cache }) => cache))),
      },
    }
  }
  const wordSpecs = (rows: number) => ({
    ids: int32Spec(rows, choices),
    logProbs: float32Spec(rows, choices),
    ...(all && { all: float32Spec(rows, vocabularySize) }),
  })
  const cross = each((config) => crossSpecs(config, slots))
  const cache = each((config) => cacheSpecs(config, { slots, beams: rows, length }))
  return {
    encode: {
      fn: encode,
      signature: {
        ...signature,
        inputs: {
          features: float32Spec(encodeBatch, regions, featureWidth),
          ...(noise && { regionNoise: int32Spec(encodeBatch * regions), noise: int32Spec(encodeBatch) }),
        },
      },
    },
    step: {
      fn: step,
      signature: {
        ...signature,
        inputs: {
          words: int32Spec(slots, rows),
          parents: int32Spec(slots, rows),
          positions: int32Spec(slots),
          ...(noise && { noise: int32Spec(slots * rows) }),
          ...cross,
          ...cache,
        },
      },
    },
    seating: {
      slots,
      rows,
      choices,
      encodeBatch,
      regions,
      featureWidth,
      encoded: {
        ...wordSpecs(encodeBatch),
        ...each((config) => crossSpecs(config, encodeBatch)),
        ...each((config) => keysAndValues(cacheSpecs(config, { slots: encodeBatch, beams: 1, length: 1 }))),
      },
      cross,
      cache,
      words: wordSpecs(slots * rows),
    },
  }
}
