import type { Engine, EngineFunction, Signature } from '../engine/engine.js'
import type * as tf from '../engine/tfjs.js'
import { cacheSpecs } from '../model/cache.js'
import type { ModelConfig } from '../model/config.js'
import { crossSpecs, encodeImages } from '../model/images.js'
import { decodeStep, ensemble, topWords, type StepInputs } from '../model/step.js'
import { float32Spec, int32Spec, type Specs } from '../tensor.js'
import { parametersOf, prefixed, unprefixed, type Models } from './models.js'
import type { SlotMachine } from './scheduler.js'
import { nextOf, seat, type Seating, type SeatOptions } from './seats.js'

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

/** What a machine computes: images once, then a step for each word; and how its slots are laid out. */
export function describeMachine<Image>(options: MachineOptions<Image>): {
  readonly encode: Described
  readonly step: Described
  readonly seating: Seating
} {
  const { slots, rows, length, choices, all = false, encodeBatch = 8, noise } = options
  const { configs, signature, modelsOf } = parametersOf(options.models)
  const [{ regions, featureWidth, vocabularySize }] = configs as [ModelConfig] // of one model at least
  const each = (specs: (config: ModelConfig) => Specs) => prefixed(configs.map(specs))

  const encode: EngineFunction = ({ features, regionNoise }, tensors) => ({
    outputs: prefixed(
      modelsOf(tensors).map(
        (model) => encodeImages(model, features as tf.Tensor3D, regionNoise as tf.Tensor1D | undefined), // as compiled for
      ),
    ),
  })
  const step: EngineFunction = ({ words, parents, positions, noise, ...kept }, tensors) => {
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
  }
  const cross = each((config) => crossSpecs(config, slots))
  const cache = each((config) => cacheSpecs(config, { slots, beams: rows, length }))
  return {
    encode: {
      fn: encode,
      signature: {
        ...signature,
        inputs: {
          features: float32Spec(encodeBatch, regions, featureWidth),
          ...(noise && { regionNoise: int32Spec(encodeBatch * regions) }),
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
      crossOfBatch: each((config) => crossSpecs(config, encodeBatch)),
      cross,
      cache,
      outputs: {
        ids: int32Spec(slots * rows, choices),
        logProbs: float32Spec(slots * rows, choices),
        ...(all && { all: float32Spec(slots * rows, vocabularySize) }),
      },
    },
  }
}
