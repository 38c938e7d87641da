/** Where everything in a scene is in its image, and the regions that a detector would find there. */
import type { Relation } from './things.js'
import type { Appearance, Box } from './projection.js'
import type { Random } from '../random.js'
import type { Entity, Scene } from './scene.js'

export const imageSize = { width: 640, height: 480 } as const

/**
 * What a detector would find in a scene: a region for each thing, placed by the relation, another for a part of some
 * things, and one or two for the whole place, in random order.
 */
export function detect(scene: Scene, random: Random): Appearance[] {
  const { subject, relation, object, extra, place } = scene
  const posture =
    relation === 'riding' || relation === 'holding' || relation === 'sitting' ? relation : scene.pose
  const anchor = extentOf(relation === 'holding' ? subject : object)
  const ground = spot(anchor, 0.3 + 0.4 * random.uniform(), 0.8 + 0.12 * random.uniform())
  const [subjectSpot, objectSpot] =
    relation === 'holding'
      ? [ground, held(ground, extentOf(object), random)]
      : [related(relation, extentOf(subject), ground, random), ground]
  const back = extra && spot(extentOf(extra), 0.15 + 0.7 * random.uniform(), 0.45 + 0.2 * random.uniform())

  return shuffled(
    [
      ...look(subject, subjectSpot, posture ? [`pose: ${posture}`] : [], random),
      ...look(object, objectSpot, [], random),
      ...(extra && back ? look(extra, back, [], random) : []),
      ...Array.from({ length: 1 + random.below(2) }, () => ({
        properties: [`place: ${place.name}`],
        box: pixels(spot([0.8 + 0.2 * random.uniform(), 0.6 + 0.4 * random.uniform()], 0.5, 1)),
      })),
    ],
    random,
  )
}

/** A place for something: its middle, its foot and its extent, as shares of the image. */
interface Spot {
  readonly middle: number
  readonly foot: number
  readonly extent: readonly [width: number, height: number]
}

const spot = (extent: Spot['extent'], middle: number, foot: number): Spot => ({ middle, foot, extent })

function extentOf({ kind, size }: Entity): Spot['extent'] {
  const scale = size === 'small' ? 0.65 : size === 'large' ? 1.35 : 1
  return [kind.extent[0] * scale, kind.extent[1] * scale]
}

/** Where the subject is, given its relation to an object at a spot. */
function related(
  relation: Relation,
  extent: Spot['extent'],
  { middle, foot, extent: [w, h] }: Spot,
  random: Random,
): Spot {
  const near = middle + (random.uniform() - 0.5) * 0.4 * w
  const side = (random.chance(0.5) ? 1 : -1) * 0.55 * (w + extent[0])
  const where: Record<Exclude<Relation, 'holding'>, readonly [middle: number, foot: number]> = {
    riding: [near, foot - 0.55 * h],
    sitting: [near, foot - 0.45 * h],
    on: [near, foot - 0.85 * h],
    under: [near, foot + 0.03],
    beside: [middle + side, foot + (random.uniform() - 0.5) * 0.06],
    before: [near, foot + 0.15],
    behind: [near, foot - 0.15],
  }
  return spot(extent, ...(relation === 'holding' ? ([near, foot] as const) : where[relation]))
}

/** Where an object is that is held by someone at a spot. */
function held({ middle, foot, extent: [w, h] }: Spot, extent: Spot['extent'], random: Random): Spot {
  return spot(extent, middle + (random.chance(0.5) ? 0.4 : -0.4) * w, foot - 0.45 * h + extent[1] / 2)
}

/** The regions of an entity: one for each thing, side by side from its spot, and sometimes one for a part. */
function look(
  { kind, count, colour, size }: Entity,
  at: Spot,
  more: readonly string[],
  random: Random,
): Appearance[] {
  const properties = [
    `kind: ${kind.name}`,
    `${kind.category === 'person' ? 'shirt' : 'colour'}: ${colour}`,
    ...more,
  ]
  if (size) properties.push(`size: ${size}`)
  const whole = Array.from({ length: count }, (_, i) => ({
    properties,
    box: pixels({ ...at, middle: at.middle + 0.7 * i * at.extent[0] }),
  }))
  if (!random.chance(0.3)) return whole
  const part = spot([0.5 * at.extent[0], 0.4 * at.extent[1]], at.middle, at.foot - 0.3 * at.extent[1])
  return [...whole, { properties: [`part: ${kind.name}`], box: pixels(part) }]
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
