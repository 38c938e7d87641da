/** Captions to score and the references of their images, gathered from records and files. */
import type { AnnotatedImage } from '../../annotations/image.js'
import type { Candidate } from '../../annotations/candidates.js'
import { countFindings } from '../../annotations/findings.js'
import { readAnnotations } from '../../annotations/read.js'
import { DataError } from '../../errors.js'
import type { Context } from '../../stage.js'
import { pairRecords, pairWithFile, type Pair, type PairingOptions } from './pairing.js'

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
    references: file,
    keepRejected,
    ...options
  }: PairingOptions & { references?: string | undefined; keepRejected?: boolean | undefined },
  context: Context,
): Promise<Pair[]> {
  const {
    pairs,
    withoutReferences,
    withoutCandidate,
    rejected = 0,
  } = file === undefined
    ? pairRecords(candidates, options)
    : pairWithFile(candidates, await readImages(file, keepRejected, context), { file, ...options })
  if (rejected > 0)
    context.note(`${rejected} images whose references are all rejected or precanned are left out`)
  if (withoutReferences > 0) context.note(`${withoutReferences} captions without references are left out`)
  if (withoutCandidate > 0) context.note(`${withoutCandidate} images without a caption are left out`)
  return pairs
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
