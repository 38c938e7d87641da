/** Pairs of captions and references, split into the tokens that metrics compare. */
import type { Candidate } from '../../annotations/candidates.js'
import { DataError } from '../../errors.js'
import { indexByImage } from '../../records.js'
import { withoutRepeats } from '../../text/repeats.js'
import type { Item } from '../evaluate.js'
import type { Pair } from './pairing.js'

/** Splits a list of captions into tokens; the list is one text, whose captions may depend on their neighbours. */
export type Tokenizer = (captions: readonly string[]) => string[][]

/** The captions as they are, words parted by single blanks. */
export const noTokenizer: Tokenizer = (captions) => captions.map((caption) => caption.split(' '))

/** Tokenizes hypotheses and references, each as one list, as M2's evaluation and coco-caption do. */
export function tokenizePairs(pairs: readonly Pair[], dropRepeats: boolean, tokenizer: Tokenizer): Item[] {
  const captions = pairs.map(({ caption }) => caption)
  const hypotheses = tokenizer(dropRepeats ? captions.map(collapseRepeats) : captions)
  const references = tokenizer(pairs.flatMap(({ references }) => references))
  let end = 0
  return pairs.map(({ image_id, references: { length } }, i) => ({
    image_id,
    hypothesis: hypotheses[i]!,
    references: references.slice(end, (end += length)),
  }))
}

/**
 * The same images with another system's captions.
 *
 * @throws DataError counting and naming images that `candidates` lacks
 */
export function replaceHypotheses<I extends Item>(
  items: readonly I[],
  candidates: readonly Candidate[],
  { source, dropRepeats, tokenizer }: { source: string; dropRepeats: boolean; tokenizer: Tokenizer },
): I[] {
  const captionOf = indexByImage(candidates.map(({ image_id, caption }) => [image_id, caption] as const))
  const missing = items.filter(({ image_id }) => captionOf(image_id) === undefined)
  if (missing.length > 0)
    throw new DataError(
      `${source} has no caption for ${missing.length} of ${items.length} images (${missing[0]!.image_id}, ...); ` +
        'a comparison in pairs needs all of them',
    )
  const texts = items.map(({ image_id }) => captionOf(image_id)!)
  const hypotheses = tokenizer(dropRepeats ? texts.map(collapseRepeats) : texts)
  return items.map((item, i) => ({ ...item, hypothesis: hypotheses[i]! }))
}

/** A caption without repeats of a word. */
export const collapseRepeats = (caption: string): string => withoutRepeats(caption.split(' ')).join(' ')

/** The value of a field to group images by. Throws DataError naming an image that lacks it. */
export function groupOf({ image_id, fields }: Pair, field: string): string {
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  throw new DataError(
    `--by ${field}: expected "${field}" in every record or reference, a string or number; image ${image_id} has ${
      value === undefined ? 'none' : JSON.stringify(value).slice(0, 40)
    }`,
  )
}

/** How many captions hold a line break that coco-caption would take for a caption's end; it makes blanks of \n itself. */
export function countBreaks(pairs: readonly Pair[]): number {
  const broken = (caption: string) => /[\v\f\r\x85\u2028\u2029]/.test(caption)
  return pairs.reduce(
    (count, { caption, references }) => count + Number(broken(caption)) + references.filter(broken).length,
    0,
  )
}
