/** The fixture world: images of scenes, each with its captions and regions. */
import { describeScene } from './grammar.js'
import { detect, imageSize } from './detector.js'
import { layOut, type Layout } from './layout.js'
import { createProjection, type Regions } from './projection.js'
import { randomStream } from '../random.js'
import { drawScene } from './scene.js'

/** One image of the fixture world: what people say about it and what a detector finds in it. */
export interface WorldImage {
  readonly id: number
  readonly width: number
  readonly height: number
  readonly captions: readonly string[]
  readonly regions: Regions
  readonly layout: Layout
}

export interface WorldOptions {
  readonly seed: number
  /** Length of a region's feature. */
  readonly width: number
  /** Standard deviation of the features' noise; that of one property is 1. */
  readonly noise: number
  /** Captions an image. */
  readonly captions: number
}

/**
 * The fixture world: scenes of things with colours, sizes, numbers, poses and relations in space. It can be learned
 * in minutes, and resembles real data in what matters: features tell what is where, not which words to use, and five
 * people describe the same scene in five ways.
 *
 * @returns makes image `id`; any image can be made without the others
 */
export function createWorld({ seed, width, noise, captions }: WorldOptions): (id: number) => WorldImage {
  const project = createProjection(seed, width, noise)
  return (id) => {
    const scene = drawScene(randomStream(seed, 'scene', id))
    const random = randomStream(seed, 'regions', id)
    const layout = layOut(scene, random)
    return {
      id,
      ...imageSize,
      captions: Array.from({ length: captions }, (_, i) =>
        describeScene(scene, randomStream(seed, 'caption', id, i)),
      ),
      regions: project(detect(layout, random), imageSize, random),
      layout,
    }
  }
}
