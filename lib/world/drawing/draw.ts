/** Draws a scene: its place, and everything in it from back to front. */
import { imageSize } from '../detector.js'
import { backToFront, type Layout, type Placed, type Posture, type Spot } from '../layout.js'
import { animal } from './animals.js'
import { furniture } from './furniture.js'
import { objects } from './objects.js'
import { outdoors } from './outdoors.js'
import { paintOf } from './paint.js'
import { person } from './people.js'
import { places } from './places.js'
import { outline, type Drawing } from './shapes.js'
import { vehicles } from './vehicles.js'

/** @returns an SVG document of the image's size; the same text for the same layout */
export function drawScene(layout: Layout): string {
  const { width, height } = imageSize
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    places[layout.scene.place.name] ?? '',
    `<g stroke="${outline}" stroke-width="2.5" stroke-linejoin="round">`,
    ...backToFront(layout).map(drawPlaced),
    '</g></svg>',
  ].join('\n')
}

/** @throws Error for a kind that has no drawing; the tests draw them all */
export function drawingOf(kind: string, posture: Posture | undefined): Drawing {
  const drawing =
    person(kind, posture) ??
    animal(kind, posture) ??
    vehicles[kind] ??
    furniture[kind] ??
    objects[kind] ??
    outdoors[kind]
  if (!drawing) throw new Error(`no drawing of ${kind}`)
  return drawing
}

function drawPlaced({ entity, posture, spots }: Placed): string {
  const drawing = drawingOf(entity.kind.name, posture)
  const shapes = drawing.draw(paintOf(entity.colour))
  return spots.map((spot) => `<g transform="${transformTo(spot, drawing.size)}">${shapes}</g>`).join('\n')
}

/** Moves and stretches a drawing to its spot. */
function transformTo({ middle, foot, extent: [w, h] }: Spot, [width, height]: Drawing['size']): string {
  const x = (middle - w / 2) * imageSize.width
  const y = (foot - h) * imageSize.height
  return `translate(${tidy(x)} ${tidy(y)}) scale(${tidy((w * imageSize.width) / width)} ${tidy((h * imageSize.height) / height)})`
}

const tidy = (value: number) => Number(value.toFixed(3))
