/** Captions and their references, brought together image by image. */
import * as z from 'zod'
import type { AnnotatedImage } from '../../annotations/image.js'
import type { Candidate } from '../../annotations/candidates.js'
import { DataError } from '../../errors.js'
import { indexByImage, sampleIds, type ImageId } from '../../records.js'

/** An image with its caption and its references, in words as they came. */
export interface Pair {
  readonly image_id: ImageId
  readonly caption: string
  readonly references: readonly string[]
  /** Whether the references are the record's own tokens, joined by blanks. */
  readonly own: boolean
  readonly fields: Readonly<Record<string, unknown>>
}

export interface PairingOptions {
  /** Leaves out images that lack captions or references. */
  intersect: boolean
  /** Takes a record's own `tokens`, where it has them, as its references: captions that need no tokenizer. */
  ownTokens?: boolean
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
export function pairRecords(
  candidates: readonly Candidate[],
  { intersect, ownTokens = false }: PairingOptions,
): Pairing {
  const all = candidates.map(({ image_id, caption, captions, references, ...fields }): Pair => {
    const own = ownTokens ? captionsOfTokens(fields['tokens']) : undefined
    return {
      image_id,
      caption,
      references: references ?? own ?? captions ?? [],
      own: own !== undefined,
      fields,
    }
  })
  const pairs = all.filter(({ references }) => references.length > 0)
  const withoutReferences = all.filter(({ references }) => references.length === 0)
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
  { file, intersect, ownTokens = false }: PairingOptions & { file: string },
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
    const own = ownTokens ? captionsOfTokens(image.fields?.['tokens']) : undefined
    pairs.push({
      image_id,
      caption,
      references: own ?? image.captions.map(({ text }) => text),
      own: own !== undefined,
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

const tokensOfCaptions = z.array(z.array(z.string())).min(1)

/** Tokens of captions, a list of words for each, as captions whose words are parted by blanks. */
function captionsOfTokens(tokens: unknown): string[] | undefined {
  const { data } = tokensOfCaptions.safeParse(tokens)
  return data?.map((words) => words.join(' '))
}

/** `2 of 5000 candidates (image 9, 12) have`. */
function counted(images: readonly { image_id: ImageId }[], of: number, what: string): string {
  const named = images.slice(0, 5).map(({ image_id }) => image_id)
  const ids = named.join(', ') + (images.length > named.length ? ', ...' : '')
  return `${images.length} of ${of} ${what} (image ${ids}) ${images.length === 1 ? 'has' : 'have'}`
}
