/** Scenes: a subject in a relation to an object, at a place, drawn at random. */
import { colours, kinds, places, possible, poses, subjects } from './things.js'
import type { Category, Kind, Place, Pose, Relation, Size } from './things.js'
import type { Random } from '../random.js'

/** One thing in a scene, or several of the same kind. */
export interface Entity {
  readonly kind: Kind
  readonly count: number
  /** The colour of a person's shirt, or of the whole thing. */
  readonly colour: string
  readonly size: Size | undefined
}

/** A subject in a relation to an object at some place, perhaps with something else in the background. */
export interface Scene {
  readonly place: Place
  readonly subject: Entity
  /** What the subject does, unless the relation (riding, holding, sitting) already says so. */
  readonly pose: Pose | undefined
  readonly relation: Relation
  readonly object: Entity
  readonly extra: Entity | undefined
}

/** Draws a scene of the fixture world. */
export function drawScene(random: Random): Scene {
  const place = random.pick(places)
  const here = kinds.filter(({ where }) => where === 'anywhere' || where === place.where)
  const [subject, object] = drawPair(here, random)
  const relation = random.pick(possible[subject.category][object.category] ?? [])
  const others = here.filter((kind) => kind !== subject && kind !== object)
  const bound = relation === 'riding' || relation === 'holding' || relation === 'sitting'
  const alive = subject.category === 'person' || subject.category === 'animal'
  return {
    place,
    relation,
    subject: drawEntity(subject, !bound, random),
    pose: alive && !bound ? random.pick(Object.keys(poses) as Pose[]) : undefined, // keys of a constant
    object: drawEntity(object, !bound, random),
    extra: random.chance(0.4) ? drawEntity(random.pick(others), true, random) : undefined,
  }
}

/** A subject and an object that it can be related to; not every pair of categories occurs at every place. */
function drawPair(here: readonly Kind[], random: Random): [Kind, Kind] {
  for (;;) {
    const category = random.pick(subjects)
    const partner = random.pick(Object.keys(possible[category]) as Category[]) // keys of a constant
    const from = here.filter((kind) => kind.category === category)
    if (from.length === 0) continue
    const subject = random.pick(from)
    const partners = here.filter((kind) => kind !== subject && kind.category === partner)
    if (partners.length > 0) return [subject, random.pick(partners)]
  }
}

function drawEntity(kind: Kind, several: boolean, random: Random): Entity {
  const alone = kind.category === 'seat' || kind.category === 'table'
  return {
    kind,
    count: several && !alone && random.chance(0.35) ? 2 + random.below(4) : 1,
    colour: random.pick(colours[kind.category] ?? colours.any),
    size:
      kind.category !== 'person' && random.chance(0.35)
        ? random.pick(['small', 'large'] as const)
        : undefined,
  }
}
