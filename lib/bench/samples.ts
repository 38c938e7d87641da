/** Inputs of the paper's sizes, made up. */
import { modelConfig, type ModelConfig } from '../model/config.js'
import { rowNoise } from '../model/noise.js'
import { float32, int32, sizeOf, type HostTensor } from '../tensor.js'

/** The measured model: the paper's, with COCO's vocabulary. */
export const benchConfig: ModelConfig = modelConfig.parse({ vocabularySize: 10_201 })

/** Features like a detector's: numbers from 0 to 1. (images, regions, featureWidth) */
export function sampleFeatures({ regions, featureWidth }: ModelConfig, images: number): HostTensor {
  const shape = [images, regions, featureWidth]
  const data = Float32Array.from(rowNoise(1, sizeOf(shape)), (bits) => Math.abs(bits) / 2 ** 31)
  return float32(data, ...shape)
}

/** Random words, without the special ones. */
export function sampleWords({ vocabularySize }: ModelConfig, ...shape: number[]): HostTensor {
  const data = rowNoise(2, sizeOf(shape)).map((bits) => 4 + (Math.abs(bits) % (vocabularySize - 4)))
  return int32(data, ...shape)
}

/** Noise of dropout. */
export const sampleNoise = (seed: number, length: number): HostTensor => int32(rowNoise(seed, length), length)
