/** What the inputs of both losses share: targets, features, the noise of dropout. */
import type * as tf from '../../engine/tfjs.js'
import { special, type ModelConfig } from '../../model/config.js'
import { regionNoise, wordNoise } from '../../model/noise.js'
import type { Noise } from '../../model/transformer.js'
import { float32, int32, type HostTensor } from '../../tensor.js'
import type { Sizes } from '../optimizer/optimizer.js'

/** Named inputs in host memory, of a loss that takes tensors of these names. */
export type OnHost<Inputs> = { readonly [name in keyof Inputs]: HostTensor }

/**
 * One caption to train on, and the numbers that tell its words' dropout apart: the row of the search that each word was
 * found in. For a caption of the training set it is the caption's index among the image's.
 */
export interface Target {
  /** Up to and with `<eos>`, without `<bos>`. */
  readonly ids: ArrayLike<number>
  readonly rows: ArrayLike<number>
}

/** What the inputs of any loss are made of. */
export interface InputOptions {
  readonly config: ModelConfig
  readonly sizes: Sizes
  /** (images, regions, featureWidth) */
  readonly features: Float32Array
  /** Index of the first image in the whole batch; dropout depends on it, and on the seed. */
  readonly first?: number
  /** undefined: no dropout */
  readonly seed?: number | undefined
}

/** The tensor of features that a loss takes. */
export const featureInput = ({ config, sizes, features }: InputOptions): HostTensor =>
  float32(features, sizes.images, config.regions, config.featureWidth)

/** Inputs of dropout, missing where nothing is dropped: of regions (b * r) int32, of words (b * c * t) int32. */
export type NoiseInputs = { readonly regionNoise?: tf.Tensor1D; readonly wordNoise?: tf.Tensor1D }

/** The noise of these inputs as the model takes it. */
export const noiseFrom = ({ regionNoise, wordNoise }: NoiseInputs): Noise | undefined =>
  regionNoise && wordNoise && { regions: regionNoise, words: wordNoise }

/** Collects the noise of dropout: of `count` images' regions at once, of words as they are named. */
export function createNoise(
  { config: { regions, dropout }, sizes: { images, captions, length }, first = 0, seed }: InputOptions,
  count: number,
): { inputs: OnHost<NoiseInputs>; ofWord(image: number, at: number, row: number, position: number): void } {
  if (seed === undefined || dropout === 0) return { inputs: {}, ofWord: () => undefined }
  const ofRegions = new Int32Array(images * regions)
  const ofWords = new Int32Array(images * captions * length)
  for (let i = 0; i < count; i++)
    for (let region = 0; region < regions; region++)
      ofRegions[i * regions + region] = regionNoise(seed, first + i, region)
  return {
    inputs: {
      regionNoise: int32(ofRegions, images * regions),
      wordNoise: int32(ofWords, images * captions * length),
    },
    ofWord(image, at, row, position) {
      ofWords[at] = wordNoise(seed, first + image, row, position)
    },
  }
}

/** A caption of the training set as a target, its words in row `row`. */
export function targetOf(caption: Int32Array, row: number): Target {
  const ids = new Int32Array(caption.length + 1)
  ids.set(caption)
  ids[caption.length] = special.eos
  return { ids, rows: new Int32Array(ids.length).fill(row) }
}
