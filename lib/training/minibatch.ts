import type { FeatureReader } from '../data/feature-source.js'
import { special, type ModelConfig } from '../model/config.js'
import { regionNoise, wordNoise } from '../model/noise.js'
import { float32, int32, type HostTensors } from '../tensor.js'

/**
 * One caption to train on, and the numbers that tell its words' dropout apart: the row that each was found in, which
 * for a caption that somebody wrote is its place among the image's.
 */
export interface Target {
  /** Up to and with `<eos>`, without `<bos>`. */
  readonly ids: ArrayLike<number>
  readonly rows: ArrayLike<number>
}

/** Sizes that a step is compiled for: images, captions of each, words after `<bos>`. */
export interface Sizes {
  readonly images: number
  readonly captions: number
  readonly length: number
}

/**
 * The inputs of a loss for some images of a batch; fewer images or captions than the sizes say are made up with
 * padding, which counts for nothing.
 *
 * @param features (images, regions, featureWidth)
 * @param first the place of the first of these images in the whole batch, which their dropout depends on
 * @param seed of the batch's dropout; undefined: none
 * @param shown whether captions begin with `<bos>`, as cross-entropy takes them
 */
export function lossInputs(
  config: ModelConfig,
  sizes: Sizes,
  features: Float32Array,
  targets: readonly (readonly Target[])[],
  { first = 0, seed, shown }: { first?: number; seed?: number | undefined; shown: boolean },
): HostTensors {
  const { images, captions, length } = sizes
  const width = shown ? length + 1 : length
  const ids = new Int32Array(images * captions * width).fill(special.pad)
  targets.forEach((ofImage, i) =>
    ofImage.forEach(({ ids: words }, j) => {
      const start = (i * captions + j) * width
      if (shown) ids[start] = special.bos
      ids.set(words, shown ? start + 1 : start)
    }),
  )
  return {
    features: float32(features, images, config.regions, config.featureWidth),
    captions: int32(ids, images, captions, width),
    ...(seed !== undefined && config.dropout > 0 && noise(config, sizes, targets, first, seed)),
  }
}

function noise(
  { regions }: ModelConfig,
  { images, captions, length }: Sizes,
  targets: readonly (readonly Target[])[],
  first: number,
  seed: number,
): HostTensors {
  const ofRegions = new Int32Array(images * regions)
  const ofWords = new Int32Array(images * captions * length)
  for (let i = 0; i < targets.length; i++) {
    for (let region = 0; region < regions; region++)
      ofRegions[i * regions + region] = regionNoise(seed, first + i, region)
    targets[i]!.forEach(({ ids, rows }, j) => {
      const start = (i * captions + j) * length
      for (let position = 0; position < ids.length; position++)
        ofWords[start + position] = wordNoise(seed, first + i, rows[position]!, position)
    })
  }
  return {
    regionNoise: int32(ofRegions, images * regions),
    wordNoise: int32(ofWords, images * captions * length),
  }
}

/** A caption of the training set, its words found in row `row`. */
export function written(caption: Int32Array, row: number): Target {
  const ids = new Int32Array(caption.length + 1)
  ids.set(caption)
  ids[caption.length] = special.eos
  return { ids, rows: new Int32Array(ids.length).fill(row) }
}

/** Reads the features of some images, with room for `images` of them. */
export async function readFeatures(
  reader: FeatureReader,
  features: readonly Parameters<FeatureReader['readMany']>[0][number][],
  images: number,
  { regions, featureWidth }: ModelConfig,
): Promise<Float32Array> {
  const out = new Float32Array(images * regions * featureWidth)
  await reader.readMany(features, out)
  return out
}
