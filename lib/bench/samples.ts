import { modelConfig, type ModelConfig } from '../model/config.js'
import { rowNoise } from '../model/noise.js'
import { sizeOf, type HostTensor, type HostTensors } from '../tensor.js'
import type { Specs } from '../engine/engine.js'

/** The model that is measured: the paper's, with COCO's vocabulary. */
export const benchConfig: ModelConfig = modelConfig.parse({ vocabularySize: 10_201 })

/** Regions as detectors give them: numbers from 0 to 1. (images, regions, featureWidth) */
export function sampleFeatures({ regions, featureWidth }: ModelConfig, images: number): HostTensor {
  const shape = [images, regions, featureWidth]
  const data = Float32Array.from(rowNoise(1, sizeOf(shape)), (bits) => Math.abs(bits) / 2 ** 31)
  return { shape, dtype: 'float32', data }
}

/** Any words but special ones. */
export function sampleWords({ vocabularySize }: ModelConfig, ...shape: number[]): HostTensor {
  const data = rowNoise(2, sizeOf(shape)).map((bits) => 4 + (Math.abs(bits) % (vocabularySize - 4)))
  return { shape, dtype: 'int32', data }
}

/** Noise of dropout. */
export const sampleNoise = (seed: number, length: number): HostTensor => ({
  shape: [length],
  dtype: 'int32',
  data: rowNoise(seed, length),
})

export const zeros = (specs: Specs): HostTensors =>
  Object.fromEntries(
    Object.entries(specs).map(([name, { shape, dtype }]): [string, HostTensor] => [
      name,
      dtype === 'int32'
        ? { shape, dtype, data: new Int32Array(sizeOf(shape)) }
        : { shape, dtype, data: new Float32Array(sizeOf(shape)) },
    ]),
  )
