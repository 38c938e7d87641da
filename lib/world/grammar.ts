/** Captions of scenes: templates, synonyms, and details that some people mention and others do not. */
import { poses, relations, sizes } from './things.js'
import type { Random } from '../random.js'
import type { Entity, Scene } from './scene.js'

/**
 * Describes a scene as one person might: with a template, synonyms and a random choice of details, in 5 to 16
 * words. The first entry of each list is chosen most often, so that people agree more often than not.
 */
export function describeScene(scene: Scene, random: Random): string {
  for (;;) {
    const words = sentence(scene, random)
      .replace(/\ba (?=[aeiou])/g, 'an ')
      .trim()
    const length = words.split(' ').length
    if (length >= 5 && length <= 16)
      return `${words.charAt(0).toUpperCase()}${words.slice(1)}${random.chance(0.8) ? '.' : ''}`
  }
}

function sentence(scene: Scene, random: Random): string {
  const { subject, object, extra, place } = scene
  const first = nounPhrase(subject, random)
  const second = nounPhrase(object, random)
  const where = random.chance(0.45) ? prefer(place.phrases, random) : ''
  const around =
    extra && random.chance(0.3)
      ? join('with', nounPhrase(extra, random), prefer(['nearby', 'in the background'], random))
      : ''
  const related = prefer(relations[scene.relation].phrases, random)
  const action = scene.pose ? prefer(poses[scene.pose], random) : ''
  const is = random.chance(0.2) ? (subject.count > 1 ? 'are' : 'is') : ''
  const inverse = relations[scene.relation].inverse
  const style = random.uniform()

  if (style < 0.12) return join(first, is, action || 'seen', prefer(place.phrases, random), around)
  if (style < 0.2) return join(first, 'and', second, prefer(place.phrases, random))
  if (style < 0.28)
    return join(first.startsWith('a ') ? 'there is' : 'there are', first, related, second, where)
  if (style < 0.36)
    return join(prefer(['a photo of', 'a picture of', 'a view of'], random), first, related, second, where)
  if (style < 0.48 && inverse.length > 0)
    return join(second, prefer(inverse, random).replace('#', first), where, around)
  return join(first, is, action && random.chance(0.6) ? action : '', related, second, where, around)
}

function nounPhrase({ kind, count, colour, size }: Entity, random: Random): string {
  const [one, many] = prefer(kind.names, random)
  const adjectives = [size && random.chance(0.7) ? prefer(sizes[size], random) : '']
  const person = kind.category === 'person'
  if (!person && random.chance(0.55)) adjectives.push(colour)
  const shirts = count > 1 ? `in ${colour} shirts` : `in a ${colour} shirt`
  const clothes = person && random.chance(0.3) ? prefer([shirts, `wearing ${colour}`], random) : ''
  return join(quantity(count, random), ...adjectives, count > 1 ? many : one, clothes)
}

function quantity(count: number, random: Random): string {
  if (count === 1) return 'a'
  if (count === 2) return prefer(['two', 'a couple of', 'a pair of'], random)
  if (count === 3) return prefer(['three', 'some'], random)
  return prefer(['a group of', 'several', 'many'], random)
}

/** The first entry in 65 % of the cases, otherwise one of the others. */
const prefer = <T>(list: readonly T[], random: Random): T =>
  list.length > 1 && random.chance(0.35) ? random.pick(list.slice(1)) : random.pick(list.slice(0, 1))

const join = (...parts: readonly string[]) => parts.filter(Boolean).join(' ')
