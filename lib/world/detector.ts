/** The regions that a detector would find in a scene, with their names. */
import type { Random } from '../random.js'
import type { Layout, Placed, Spot } from './layout.js'
import type { Appearance, Box } from './projection.js'

export const imageSize = { width: 640, height: 480 } as const

/** A region for each thing, another for a part of some things, and one or two of the whole place, in random order. */
export function detect({ scene, subject, object, extra, views }: Layout, random: Random): Appearance[] {
  const { name } = scene.place
  return shuffled(
    [
      ...look(subject),
      ...look(object),
      ...(extra ? look(extra) : []),
      ...views.map((view) => ({ name, properties: [`place: ${name}`], box: pixels(view) })),
    ],
    random,
  )
}

function look({ entity: { kind, colour, size }, posture, spots, part }: Placed): Appearance[] {
  const properties = [
    `kind: ${kind.name}`,
    `${kind.category === 'person' ? 'shirt' : 'colour'}: ${colour}`,
    ...(posture ? [`pose: ${posture}`] : []),
    ...(size ? [`size: ${size}`] : []),
  ]
  const whole = spots.map((spot) => ({ name: kind.name, properties, box: pixels(spot) }))
  if (!part) return whole
  return [...whole, { name: `part of ${kind.name}`, properties: [`part: ${kind.name}`], box: pixels(part) }]
}

/** Clipped to the image, at least `thinnest` pixels wide and high. */
function pixels({ middle, foot, extent: [w, h] }: Spot): Box {
  const [x1, x2] = span(middle - w / 2, middle + w / 2, imageSize.width)
  const [y1, y2] = span(foot - h, foot, imageSize.height)
  return [x1, y1, x2, y2]
}

function span(from: number, to: number, size: number): [number, number] {
  const start = Math.min(Math.max(0, from * size), size - thinnest)
  return [start, Math.min(Math.max(start + thinnest, to * size), size)]
}

const thinnest = 8

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const order = [...list]
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!] // both inside the list
  }
  return order
}
