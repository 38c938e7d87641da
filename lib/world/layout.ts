/** Where everything in a scene is in its image, and in which order it is drawn. */
import type { Random } from '../random.js'
import type { Entity, Scene } from './scene.js'
import type { Pose, Relation } from './things.js'

/** Where something is: the middle of its foot and its extent, as shares of the image, from the top left corner. */
export interface Spot {
  readonly middle: number
  readonly foot: number
  readonly extent: readonly [width: number, height: number]
}

/** What someone is doing: the pose, or what the relation makes of it. */
export type Posture = Pose | 'riding' | 'holding' | 'sitting'

/** An entity in its place: one spot for each thing, side by side, and sometimes a part that a detector would find. */
export interface Placed {
  readonly entity: Entity
  readonly posture: Posture | undefined
  readonly spots: readonly Spot[]
  readonly part: Spot | undefined
}

/** A scene with everything in its place. */
export interface Layout {
  readonly scene: Scene
  readonly subject: Placed
  readonly object: Placed
  readonly extra: Placed | undefined
  /** Views of the place, each nearly as large as the image. */
  readonly views: readonly Spot[]
}

export function layOut(scene: Scene, random: Random): Layout {
  const { subject, relation, object, extra } = scene
  const posture =
    relation === 'riding' || relation === 'holding' || relation === 'sitting' ? relation : scene.pose
  const anchor = extentOf(relation === 'holding' ? subject : object)
  const ground = spot(anchor, 0.3 + 0.4 * random.uniform(), 0.8 + 0.12 * random.uniform())
  const [subjectSpot, objectSpot] =
    relation === 'holding'
      ? [ground, held(ground, extentOf(object), random)]
      : [related(relation, extentOf(subject), ground, random), ground]
  const back = extra && spot(extentOf(extra), 0.15 + 0.7 * random.uniform(), 0.45 + 0.2 * random.uniform())
  return {
    scene,
    subject: put(subject, subjectSpot, posture, random),
    object: put(object, objectSpot, undefined, random),
    extra: extra && back ? put(extra, back, undefined, random) : undefined,
    views: Array.from({ length: 1 + random.below(2) }, () =>
      spot([0.8 + 0.2 * random.uniform(), 0.6 + 0.4 * random.uniform()], 0.5, 1),
    ),
  }
}

/** Entities from the back of the image to its front. */
export function backToFront({ scene, subject, object, extra }: Layout): Placed[] {
  const isOnTop = ['riding', 'sitting', 'on'].includes(scene.relation)
  const footOf = ({ spots }: Placed) => spots[0]!.foot // every entity has at least one
  const subjectFirst = scene.relation === 'holding' || (!isOnTop && footOf(subject) < footOf(object))
  return [...(extra ? [extra] : []), ...(subjectFirst ? [subject, object] : [object, subject])]
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

function put(entity: Entity, at: Spot, posture: Posture | undefined, random: Random): Placed {
  const spots = Array.from({ length: entity.count }, (_, i) => ({
    ...at,
    middle: at.middle + 0.7 * i * at.extent[0],
  }))
  const part = random.chance(0.3)
    ? spot([0.5 * at.extent[0], 0.4 * at.extent[1]], at.middle, at.foot - 0.3 * at.extent[1])
    : undefined
  return { entity, posture, spots, part }
}
