import type { AnnotatedImage } from '../../annotations/image.js'
import { readReferences, type Candidate } from '../../annotations/candidates.js'
import { DataError } from '../../errors.js'
import type { Context } from '../../stage.js'
import { pairRecords, pairWithFile, type Pair } from './pairing.js'

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

/** Whether all captions come from `m2 decode`: it says how probable they are, and no one else does. */
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
  { references, intersect }: { references?: string | undefined; intersect: boolean },
  context: Context,
): Promise<Pair[]> {
  const { pairs, withoutReferences, withoutCandidate } =
    references === undefined
      ? pairRecords(candidates, intersect)
      : pairWithFile(candidates, await readImages(references, context), references, intersect)
  if (withoutReferences > 0) context.note(`${withoutReferences} captions without references are left out`)
  if (withoutCandidate > 0) context.note(`${withoutCandidate} images without a caption are left out`)
  return pairs
}

async function readImages(file: string, context: Context): Promise<AnnotatedImage[]> {
  const images: AnnotatedImage[] = []
  const seen = new Set<string>()
  let duplicates = 0
  const findings = { duplicate: () => void duplicates++, reject: (error: DataError) => context.reject(error) }
  for await (const image of readReferences(file, findings)) {
    const id = String(image.image_id)
    if (seen.has(id)) throw new DataError(`${file}: image ${id} comes twice; its references belong together`)
    seen.add(id)
    images.push(image)
  }
  if (duplicates > 0) context.note(`${file}: ${duplicates} captions had the id of an earlier one: dropped`)
  return images
}
