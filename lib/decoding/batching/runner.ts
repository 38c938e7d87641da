/** A runner: one model, or an ensemble, compiled to decode images in slots. */
import type { Engine, EngineFunction, Signature } from '../../engine/engine.js'
import type * as tf from '../../engine/tfjs.js'
import type { ModelConfig } from '../../model/config.js'
import {
  encodeFunction,
  encodeInputs,
  ensemble,
  firstStep,
  stepFunction,
  stepInputs,
  topWords,
} from '../../model/decode-step.js'
import { cacheSpecs, crossSpecs, keysAndValues } from '../../model/kv-cache.js'
import { float32Spec, int32Spec, type Specs } from '../../tensor.js'
import { parametersOf, prefixed, unprefixed, type Models } from './models.js'
import { createSlots, nextOf, type SlotInputs, type SlotLayout, type SlotRunner } from './slots.js'

export interface RunnerOptions<Image> extends SlotInputs<Image> {
  readonly models: Models
  readonly slots: number
  /** Rows of a slot. */
  readonly rows: number
  /** Most words of a caption. */
  readonly length: number
  /** How many of a row's best words a search sees. */
  readonly choices: number
  /** Whether a search sees the log-probability of every word as well. */
  readonly all?: boolean
  readonly encodeBatch?: number
}

/** Compiles models for decoding in slots. */
export async function createRunner<Image>(
  engine: Engine,
  options: RunnerOptions<Image>,
): Promise<SlotRunner<Image>> {
  const { encode, step, layout } = describeRunner(options)
  return createSlots(
    await engine.compile('encode', encode.fn, encode.signature),
    await engine.compile('decode-step', step.fn, step.signature),
    layout,
    options,
  )
}

interface Described {
  readonly fn: EngineFunction
  readonly signature: Signature
}

/**
 * What a runner computes: a function that encodes images and finds their first words, one that finds the next word, and
 * the layout of its slots.
 */
export function describeRunner<Image>(options: RunnerOptions<Image>): {
  readonly encode: Described
  readonly step: Described
  readonly layout: SlotLayout
} {
  const { slots, rows, length, choices, all = false, encodeBatch = 8 } = options
  const noise = options.noise !== undefined
  const { configs, signature, ofModel } = parametersOf(options.models)
  const [first] = configs as [ModelConfig] // one model at least
  const { regions, featureWidth, vocabularySize } = first
  const each = (specs: (config: ModelConfig) => Specs) => prefixed(configs.map(specs))

  const wordsOf = (logProbs: readonly tf.Tensor2D[]) => ({
    ...topWords(logProbs, choices),
    ...(all && { all: ensemble(logProbs) }),
  })
  const encode: EngineFunction = ({ noise, ...inputs }, tensors) => {
    const results = configs.map((config, i) => {
      const parameters = ofModel(tensors, i)
      const cross = encodeFunction(config)(inputs, parameters).outputs
      return { cross, ...firstStep({ config, parameters }, cross, noise as tf.Tensor1D | undefined) } // as specified
    })
    return {
      outputs: {
        ...wordsOf(results.map(({ logProbs }) => logProbs)),
        ...prefixed(results.map(({ cross }) => cross)),
        ...prefixed(results.map(({ cache }) => keysAndValues(cache))),
      },
    }
  }
  const step: EngineFunction = (inputs, tensors) => {
    const results = configs.map((config, i) =>
      stepFunction(config)({ ...inputs, ...unprefixed(inputs, i) }, ofModel(tensors, i)),
    )
    return {
      outputs: {
        ...wordsOf(results.map(({ outputs }) => outputs.logProbs)),
        ...nextOf(prefixed(results.map(({ state }) => state))),
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
  const firstNoise = noise && { noise: int32Spec(encodeBatch) }
  return {
    encode: {
      fn: encode,
      signature: {
        ...signature,
        inputs: { ...encodeInputs(first, encodeBatch, { noise }), ...firstNoise },
      },
    },
    step: {
      fn: step,
      signature: {
        ...signature,
        inputs: { ...stepInputs({ slots, beams: rows }, { noise }), ...cross, ...cache },
      },
    },
    layout: {
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
