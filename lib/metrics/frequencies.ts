/** In how many documents each n-gram occurs, counted in references. */
import { DataError } from '../errors.js'
import type { CaptionNgrams, Ngrams } from './ngrams.js'

/** In how many documents each n-gram occurs: CIDEr's measure of how little an n-gram says. */
export interface DocumentFrequencies {
  readonly ngrams: Ngrams
  /** By n-gram; those numbered beyond its end occur in no document. */
  readonly counts: Int32Array
  readonly documents: number
  /** Where frequencies that were read come from, and an n-gram of them, for errors. */
  readonly source?: string
}

/** Smallest share of the references' words that document frequencies of the same kind of captions know. */
const leastKnown = 0.1

/**
 * Whether document frequencies that were read are of such words as the references have.
 *
 * @throws DataError where hardly a word of the references occurs in them
 */
export function checkKnown(
  { counts, source }: DocumentFrequencies,
  { orders: [words] }: CaptionNgrams,
): void {
  if (source === undefined || !words) return
  const known = words.reduce((sum, word) => sum + (counts[word] ? 1 : 0), 0)
  if (known < leastKnown * words.length)
    throw new DataError(
      `${source}: only ${known} of the ${words.length} words of the references occur in it. Expected document frequencies ` +
        'of words, as the references have them (coco-train-words.p and the like), or the captions to count them in',
    )
}

/**
 * Counts the n-grams of references.
 *
 * @param first where each document's captions begin, and at the end their number: usually an image's references are
 *   one document. Without it every caption is one, as in the reference implementation's SCST reward.
 */
export function countDocuments(
  references: CaptionNgrams,
  ngrams: Ngrams,
  first?: Int32Array,
): DocumentFrequencies {
  const { starts } = references
  const documents = (first ?? starts).length - 1
  const counts = new Int32Array(ngrams.size)
  const counted = new Int32Array(ngrams.size) // the last document an n-gram was counted for, from 1
  for (const [order, numbers] of references.orders.entries())
    for (let document = 0; document < documents; document++) {
      const last = first ? first[document + 1]! : document + 1
      for (let caption = first ? first[document]! : document; caption < last; caption++)
        for (let i = starts[caption]!; i + order < starts[caption + 1]!; i++) {
          const ngram = numbers[i]!
          if (counted[ngram] === document + 1) continue
          counted[ngram] = document + 1
          counts[ngram]!++
        }
    }
  return { ngrams, counts, documents }
}
