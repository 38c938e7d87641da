import { DataError } from '../errors.js'
import { readWhole } from '../files/read.js'
import { readPickle } from '../formats/pickle/pickle.js'

/** In how many documents n-grams occur, as CIDEr weighs them. */
export interface StoredFrequencies {
  /** By n-gram, its words joined by blanks. */
  frequencies: ReadonlyMap<string, number>
  documents: number
}

/**
 * Reads a pickle of document frequencies, as the field's CIDEr scorers exchange them (coco-train-words.p and the like):
 * a dict of `document_frequency`, n-grams as tuples of words to counts, and `ref_len`. That is the number of documents in
 * some of these files and its logarithm in others; no n-gram is in more documents than there are, which tells them apart.
 */
export async function readDocumentFrequencies(file: string): Promise<StoredFrequencies> {
  const { value } = readPickle(await readWhole(file), {
    where: `${file} (expected captions, or a pickle of document frequencies)`,
  })
  const counts: unknown = value instanceof Map ? value.get('document_frequency') : undefined
  const length: unknown = value instanceof Map ? value.get('ref_len') : undefined
  if (!(counts instanceof Map) || typeof length !== 'number' || !(length > 0))
    throw new DataError(`${file}: expected a pickled dict with document_frequency and ref_len`)
  const frequencies = new Map<string, number>()
  let most = 0
  for (const [ngram, count] of counts) {
    if (!Array.isArray(ngram) || typeof count !== 'number' || !(count >= 0))
      throw new DataError(
        `${file}: expected tuples of words and their counts, got ${String(ngram)}: ${String(count)}`,
      )
    frequencies.set(ngram.join(' '), count)
    most = Math.max(most, count)
  }
  return { frequencies, documents: length < most ? Math.round(Math.exp(length)) : length }
}
