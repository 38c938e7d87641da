/** Simulated regions of real images, from the classes of the objects in them. */
import { imageSize } from './detector.js'
import { createProjection, type Appearance, type Box, type Regions } from './projection.js'
import { randomStream, type Random } from '../random.js'

/**
 * Replaces a detector where only the object classes of an image are known: one to three regions for each object and
 * one to three of background, 50 at most, with features from `createProjection` and random boxes.
 *
 * @returns the regions of an image of these objects; which depend only on the seed, the image and the objects
 */
export function createObjectRegions(options: {
  readonly seed: number
  readonly width: number
  readonly noise: number
}): (image: number | string, objects: readonly string[]) => Regions {
  const project = createProjection(options.seed, options.width, options.noise)
  return (image, objects) => {
    const random = randomStream(options.seed, 'objects', image)
    const regions: Appearance[] = objects.flatMap((object) =>
      Array.from({ length: 1 + random.below(3) }, () => ({
        name: object,
        properties: [`kind: ${object}`],
        box: anywhere(random),
      })),
    )
    const background = Array.from({ length: 1 + random.below(3) }, () => ({
      name: 'background',
      properties: [`background: ${random.below(20)}`],
      box: anywhere(random),
    }))
    return project([...regions.slice(0, mostRegions - background.length), ...background], imageSize, random)
  }
}

const mostRegions = 50

/** A box of between a tenth and all of the image's width and height. */
function anywhere(random: Random): Box {
  const [x1, x2] = stretch(imageSize.width, random)
  const [y1, y2] = stretch(imageSize.height, random)
  return [x1, y1, x2, y2]
}

function stretch(size: number, random: Random): [number, number] {
  const length = size * (0.1 + 0.9 * random.uniform())
  const start = (size - length) * random.uniform()
  return [start, start + length]
}
