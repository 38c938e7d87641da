import type { AnnotatedImage } from '../../annotations/image.js'
import type { Candidate } from '../../annotations/candidates.js'
import { DataError } from '../../errors.js'
import type { ImageId } from '../../records.js'

/** An image with its caption and its references, in words as they came. */
export interface Pair {
  readonly image_id: ImageId
  readonly caption: string
  readonly references: readonly string[]
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Pairing {
  pairs: Pair[]
  /** How many were left out, with --intersect. */
  withoutReferences: number
  withoutCandidate: number
}

/**
 * Pairs captions with the references in their own records, `references` or else `captions`.
 *
 * @throws DataError counting and naming images without any, unless `intersect` leaves them out
 */
export function pairRecords(candidates: readonly Candidate[], intersect: boolean): Pairing {
  const pairs = candidates.flatMap(({ image_id, caption, captions, references = captions, ...fields }) =>
    references?.length ? [{ image_id, caption, references, fields }] : [],
  )
  const withoutReferences = candidates.filter(({ captions, references = captions }) => !references?.length)
  if (withoutReferences.length > 0 && !intersect)
    throw new DataError(
      `${counted(withoutReferences, candidates.length, 'records')} no references. Expected "captions" or "references" ` +
        'in every record, or --references FILE; --intersect leaves the others out',
    )
  return { pairs, withoutReferences: withoutReferences.length, withoutCandidate: 0 }
}

/**
 * Pairs captions with references from a file, in the file's order, as coco-caption does. Ids match as text, since some
 * results files quote numbers.
 *
 * @throws DataError counting and naming the images that only one side has, unless `intersect` leaves them out
 */
export function pairWithFile(
  candidates: readonly Candidate[],
  images: readonly AnnotatedImage[],
  file: string,
  intersect: boolean,
): Pairing {
  const byId = new Map(candidates.map((candidate) => [String(candidate.image_id), candidate]))
  const pairs: Pair[] = []
  const withoutCandidate: AnnotatedImage[] = []
  let annotated = 0
  for (const image of images) {
    if (image.captions.length === 0) continue // listed only, as the images of a test set are
    annotated++
    const candidate = byId.get(String(image.image_id))
    if (!candidate) {
      withoutCandidate.push(image)
      continue
    }
    byId.delete(String(image.image_id))
    const { image_id, caption, captions: _, references: __, ...fields } = candidate
    pairs.push({
      image_id,
      caption,
      references: image.captions.map(({ text }) => text),
      fields: { ...image.fields, ...fields },
    })
  }
  const withoutReferences = [...byId.values()]
  if (!intersect && withoutReferences.length + withoutCandidate.length > 0) {
    const problems = [
      withoutReferences.length > 0 &&
        `${counted(withoutReferences, candidates.length, 'candidates')} no references in ${file}`,
      withoutCandidate.length > 0 &&
        `${counted(withoutCandidate, annotated, `images of ${file}`)} no candidate`,
    ]
    throw new DataError(
      `${problems.filter(Boolean).join('; ')}. --intersect scores the ${pairs.length} images that both have`,
    )
  }
  return { pairs, withoutReferences: withoutReferences.length, withoutCandidate: withoutCandidate.length }
}

/** `2 of 5000 candidates (image 9, 12) have`. */
function counted(images: readonly { image_id: ImageId }[], of: number, what: string): string {
  const named = images.slice(0, 5).map(({ image_id }) => image_id)
  const ids = named.join(', ') + (images.length > named.length ? ', ...' : '')
  return `${images.length} of ${of} ${what} (image ${ids}) ${images.length === 1 ? 'has' : 'have'}`
}
