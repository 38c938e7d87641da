import type { FeatureReader } from '../../features/reader.js'
import { special, type ModelConfig } from '../../model/config.js'
import { regionNoise, wordNoise } from '../../model/noise.js'
import { float32, int32, type HostTensors } from '../../tensor.js'
import { lineOf, shownFor, type PrefixNode } from './prefix-tree.js'

/**
 * One caption to train on, and the numbers that tell its words' dropout apart: the row that each was found in, which
 * for a caption that somebody wrote is its place among the image's.
 */
export interface Target {
  /** Up to and with `<eos>`, without `<bos>`. */
  readonly ids: ArrayLike<number>
  readonly rows: ArrayLike<number>
}

/** Sizes that a step is compiled for: images, captions of each, words after `<bos>`; or the nodes of one tree of each. */
export interface Sizes {
  readonly images: number
  readonly captions: number
  readonly length: number
}

/** The images of a loss's inputs: where the first stands in the whole batch, which dropout depends on, as on the seed. */
export interface Place {
  readonly first?: number
  /** undefined: no dropout */
  readonly seed?: number | undefined
}

/**
 * The inputs of cross-entropy for some images of a batch; fewer images or captions than the sizes say are made up with
 * padding, which counts for nothing.
 *
 * @param features (images, regions, featureWidth)
 */
export function crossEntropyInputs(
  config: ModelConfig,
  sizes: Sizes,
  features: Float32Array,
  targets: readonly (readonly Target[])[],
  place: Place = {},
): HostTensors {
  const { images, captions, length } = sizes
  const ids = new Int32Array(images * captions * (length + 1)).fill(special.pad)
  const noise = noiseOf(config, sizes, targets.length, place)
  targets.forEach((ofImage, i) =>
    ofImage.forEach(({ ids: words, rows }, j) => {
      const caption = i * captions + j
      const start = caption * (length + 1)
      ids[start] = special.bos
      ids.set(words, start + 1)
      for (let position = 0; position < words.length; position++)
        noise.ofWord(i, caption * length + position, rows[position]!, position)
    }),
  )
  return {
    features: float32(features, images, config.regions, config.featureWidth),
    captions: int32(ids, images, captions, length + 1),
    ...noise.inputs,
  }
}

/**
 * The inputs of the self-critical loss for some images of a batch: the tree of each image's samples, made up to
 * `sizes.length` nodes with padding.
 *
 * @param features (images, regions, featureWidth)
 */
export function selfCriticalInputs(
  config: ModelConfig,
  sizes: Sizes,
  features: Float32Array,
  trees: readonly (readonly PrefixNode[])[],
  place: Place = {},
): HostTensors {
  const { images, length } = sizes
  const words = new Int32Array(images * length).fill(special.pad)
  const labels = new Int32Array(images * length).fill(special.pad)
  const positions = new Int32Array(images * length)
  const weights = new Float32Array(images * length)
  const seen = new Float32Array(images * length * length)
  const noise = noiseOf(config, sizes, trees.length, place)
  trees.forEach((nodes, i) => {
    const shown = nodes.map((node) => shownFor(nodes, node))
    nodes.forEach(({ word, row, position, weight }, j) => {
      const at = i * length + j
      words[at] = shown[j]!
      labels[at] = word
      positions[at] = position
      weights[at] = weight
      for (const other of lineOf(nodes, j)) if (shown[other] !== special.pad) seen[at * length + other] = 1
      noise.ofWord(i, at, row, position)
    })
  })
  return {
    features: float32(features, images, config.regions, config.featureWidth),
    words: int32(words, images, 1, length),
    labels: int32(labels, images, 1, length),
    positions: int32(positions, images * length),
    seen: float32(seen, images, 1, length, length),
    weights: float32(weights, images, 1, length),
    ...noise.inputs,
  }
}

/** The noise of dropout: of regions at once, of words as they are told; no inputs where nothing is dropped. */
function noiseOf(
  { regions, dropout }: ModelConfig,
  { images, captions, length }: Sizes,
  count: number,
  { first = 0, seed }: Place,
): { inputs: HostTensors; ofWord(image: number, at: number, row: number, position: number): void } {
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
