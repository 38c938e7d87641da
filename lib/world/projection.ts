/** Region features: random directions for what a region shows and where it is, plus noise. */
import { addNoise, randomStream, type Random } from '../random.js'

/** What a region shows, as named properties, and where it is. */
export interface Appearance {
  /** What a detector would call it. */
  readonly name: string
  readonly properties: readonly string[]
  readonly box: Box
}

/** x1, y1, x2, y2 in pixels from the top left corner, as the reference layout's boxes. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number]

/** Regions of one image in the reference layout. Shapes: n regions. */
export interface Regions {
  /** (n, width) */
  readonly features: Float32Array
  /** (n, 4) */
  readonly boxes: Float32Array
  readonly count: number
  /** What each region shows, in a word or two. */
  readonly classes: readonly string[]
}

/**
 * Makes region features: the sum of one fixed random direction for each property and for position and extent, plus
 * noise. Everything follows from the seed.
 *
 * @param width length of a feature
 * @param noise standard deviation of the noise; that of one property is 1
 */
export function createProjection(seed: number, width: number, noise: number) {
  const directions = new Map<string, Float32Array>()

  function direction(property: string): Float32Array {
    const known = directions.get(property)
    if (known) return known
    const drawn = new Float32Array(width)
    addNoise(drawn, 1, randomStream(seed, 'direction', property))
    directions.set(property, drawn)
    return drawn
  }

  return function project(
    regions: readonly Appearance[],
    size: { readonly width: number; readonly height: number },
    random: Random,
  ): Regions {
    const features = new Float32Array(regions.length * width)
    const boxes = new Float32Array(regions.length * 4)
    regions.forEach(({ properties, box }, n) => {
      const feature = features.subarray(n * width, (n + 1) * width)
      for (const property of properties) add(feature, direction(property), 1)
      for (const [name, value] of geometry(box, size)) add(feature, direction(name), value)
      addNoise(feature, noise, random)
      boxes.set(box, n * 4)
    })
    return { features, boxes, count: regions.length, classes: regions.map(({ name }) => name) }
  }
}

/** Position and extent, each from -1 to 1. */
function geometry([x1, y1, x2, y2]: Box, { width, height }: { width: number; height: number }) {
  return [
    ['box: left', (2 * x1) / width - 1],
    ['box: top', (2 * y1) / height - 1],
    ['box: right', (2 * x2) / width - 1],
    ['box: bottom', (2 * y2) / height - 1],
    ['box: area', (2 * (x2 - x1) * (y2 - y1)) / (width * height) - 1],
  ] as const
}

function add(sum: Float32Array, direction: Float32Array, weight: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + weight * direction[i]!
}
