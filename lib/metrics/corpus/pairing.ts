/** Captions and their references, brought together image by image. */
import type { AnnotatedImage } from '../../annotations/image.js'
import type { Candidate } from '../../annotations/candidates.js'
import { countFindings } from '../../annotations/findings.js'
import { readAnnotations } from '../../annotations/read.js'
import { DataError } from '../../errors.js'
import { indexByImage, sampleIds, type ImageId } from '../../records.js'
import type { Context } from '../../stage.js'

/** An image with its caption and its references, in words as they came. */
export interface Pair {
  readonly image_id: ImageId
  readonly caption: string
  readonly references: readonly string[]
  readonly fields: Readonly<Record<string, unknown>>
}

/**
 * Captions to score, each image's once.
 *
 * @param source where they come from, for errors
 */
export async function collectCandidates(
  records: AsyncIterable<Candidate>,
  source: string,
  context: Context,
): Promise<Candidate[]> {
  const seen = new Set<string>()
  const candidates: Candidate[] = []
  const unique = context.each(records, (record) => {
    const id = String(record.image_id)
    if (seen.has(id))
      throw new DataError(`${source}: image ${id} has two captions; each image is scored once`)
    seen.add(id)
    return record
  })
  for await (const record of unique) candidates.push(record)
  return candidates
}

/** Whether all captions come from `m2 decode`, which is the only source that adds `log_prob`. */
export function isDecoded(candidates: readonly Candidate[]): boolean {
  return candidates.length > 0 && candidates.every((candidate) => typeof candidate['log_prob'] === 'number')
}

/**
 * Pairs captions with the references in their own records, or in a file.
 *
 * @throws DataError for images that lack the one or the other, unless `intersect` leaves them out
 */
export async function pairCandidates(
  candidates: readonly Candidate[],
  {
    references,
    intersect,
    keepRejected,
  }: { references?: string | undefined; intersect: boolean; keepRejected?: boolean | undefined },
  context: Context,
): Promise<Pair[]> {
  const {
    pairs,
    withoutReferences,
    withoutCandidate,
    rejected = 0,
  } = references === undefined
    ? pairRecords(candidates, intersect)
    : pairWithFile(candidates, await readImages(references, keepRejected, context), references, intersect)
  if (rejected > 0)
    context.note(`${rejected} images whose references are all rejected or precanned are left out`)
  if (withoutReferences > 0) context.note(`${withoutReferences} captions without references are left out`)
  if (withoutCandidate > 0) context.note(`${withoutCandidate} images without a caption are left out`)
  return pairs
}

export interface Pairing {
  pairs: Pair[]
  /** How many were left out, with --intersect. */
  withoutReferences: number
  withoutCandidate: number
  /** Images whose references were all dropped as rejected. */
  rejected?: number
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
 * Pairs captions with references from a file, in the file's order, as coco-caption does. Ids match as indexByImage says, so
 * that numbers in quotes and names of files are found too.
 *
 * @throws DataError counting and naming the images that only one side has, unless `intersect` leaves them out
 */
export function pairWithFile(
  candidates: readonly Candidate[],
  images: readonly AnnotatedImage[],
  file: string,
  intersect: boolean,
): Pairing {
  const find = indexByImage(candidates.map((candidate) => [candidate.image_id, candidate] as const))
  const unpaired = new Set(candidates)
  const pairs: Pair[] = []
  const withoutCandidate: AnnotatedImage[] = []
  let annotated = 0
  let rejected = 0
  for (const image of images) {
    const found = find(image.image_id)
    const candidate = found && unpaired.has(found) ? found : undefined
    if (image.captions.length === 0) {
      // Listed only, as the images of a test set are, or without a caption that was accepted.
      if (!image.rejected) continue
      rejected++
      if (candidate) unpaired.delete(candidate)
      continue
    }
    annotated++
    if (!candidate) {
      withoutCandidate.push(image)
      continue
    }
    unpaired.delete(candidate)
    const { image_id, caption, captions: _, references: __, ...fields } = candidate
    pairs.push({
      image_id,
      caption,
      references: image.captions.map(({ text }) => text),
      fields: { ...image.fields, ...fields },
    })
  }
  const withoutReferences = [...unpaired]
  if (!intersect && withoutReferences.length + withoutCandidate.length > 0) {
    const problems = [
      withoutReferences.length > 0 &&
        `${counted(withoutReferences, candidates.length, 'candidates')} no references in ${file}`,
      withoutCandidate.length > 0 &&
        `${counted(withoutCandidate, annotated, `images of ${file}`)} no candidate`,
    ]
    const remedy =
      pairs.length > 0
        ? `--intersect scores the ${pairs.length} images that both have`
        : `no id is in both: the images of ${file} are such as ${sampleIds(images)}, the candidates such as ${sampleIds(candidates)}`
    throw new DataError(`${problems.filter(Boolean).join('; ')}. ${remedy}`)
  }
  return {
    pairs,
    withoutReferences: withoutReferences.length,
    withoutCandidate: withoutCandidate.length,
    rejected,
  }
}

/** `2 of 5000 candidates (image 9, 12) have`. */
function counted(images: readonly { image_id: ImageId }[], of: number, what: string): string {
  const named = images.slice(0, 5).map(({ image_id }) => image_id)
  const ids = named.join(', ') + (images.length > named.length ? ', ...' : '')
  return `${images.length} of ${of} ${what} (image ${ids}) ${images.length === 1 ? 'has' : 'have'}`
}

async function readImages(
  file: string,
  keepRejected: boolean | undefined,
  context: Context,
): Promise<AnnotatedImage[]> {
  const images: AnnotatedImage[] = []
  const seen = new Set<string>()
  const findings = countFindings(file, {
    note: (message) => context.note(message),
    reject: (error) => context.reject(error),
    keepRejected,
  })
  for await (const image of readAnnotations(file, findings)) {
    const id = String(image.image_id)
    if (seen.has(id)) throw new DataError(`${file}: image ${id} comes twice; its references belong together`)
    seen.add(id)
    images.push(image)
  }
  findings.tell()
  return images
}
