/** CIDEr-D of word ids, the reward of self-critical training. */
import { packCaptions, packGroups } from './captions.js'
import { createCiderScorer } from './cider.js'
import { countDocuments, type DocumentFrequencies } from './frequencies.js'
import { Ngrams, numberNgrams, orders, root, type CaptionNgrams } from './ngrams.js'

export interface RewardOptions {
  /**
   * By image, its reference captions as word ids, without an end. PTB-tokenized captions numbered by
   * `new Lexicon(vocabulary.words)` have the vocabulary's ids, and their other words ids that no hypothesis has: never
   * `<unk>`, which would match. Of the reference's 10,201 words all but nine, brackets and slips of the pen, are their own
   * PTB token, so this is the reference's reward of strings.
   */
  references: readonly (readonly ArrayLike<number>[])[]
  /**
   * What is one document: an image's references together, as the metric has it, or each caption, as in the reference
   * implementation's training, whose larger ln(documents) makes all weights larger. Or document frequencies from
   * elsewhere, over the same word ids.
   */
  documentFrequency?: 'image' | 'caption' | DocumentFrequencies
  /**
   * The id that ends a caption. A hypothesis is read up to it.
   *
   * `append` makes it a word: every reference ends with it, and a hypothesis that comes to an end does too. Without
   * it (`none`, the reference's way) unfinished sentences earn more (SacreEOS, arXiv 2305.12254).
   */
  eos?: { id: number; mode: 'none' | 'append' }
}

/** CIDEr-D of word ids, for self-critical training. Scoring allocates nothing. */
export interface CiderReward {
  /**
   * CIDEr-D of the hypothesis ids[start..end) of an image, on the metric's scale of 0 to 10. Cheapest when an image's
   * hypotheses come one after the other.
   */
  score(image: number, ids: Int32Array, start: number, end: number): number
  readonly documentFrequency: 'image' | 'caption' | 'given'
  readonly eos: 'none' | 'append'
}

/** Prepares the reward of a training set: 113,287 images of five captions take seconds and a few hundred megabytes. */
export function createCiderReward({
  references,
  documentFrequency = 'image',
  eos,
}: RewardOptions): CiderReward {
  const appended = eos?.mode === 'append' ? eos.id : undefined
  const captions = references.flat()
  const first = packGroups(references.map(({ length }) => length))
  const given = typeof documentFrequency === 'object' ? documentFrequency : undefined
  const ngrams = given?.ngrams ?? new Ngrams(captions.reduce((words, { length }) => words + length, 0))
  const numbered = numberNgrams(
    packCaptions(appended === undefined ? captions : captions.map((ids) => [...Array.from(ids), appended])),
    ngrams,
  )
  const frequencies =
    given ?? countDocuments(numbered, ngrams, documentFrequency === 'image' ? first : undefined)
  const scorer = createCiderScorer(frequencies)
  const known = ngrams.size
  const hypothesis = createHypothesis(ngrams)
  let current = -1

  return {
    documentFrequency: given ? 'given' : documentFrequency === 'caption' ? 'caption' : 'image',
    eos: eos?.mode ?? 'none',
    score(image, ids, start, end) {
      if (!(image >= 0 && image < references.length))
        throw new RangeError(`no references of image ${image}; there are ${references.length} images`)
      if (image !== current) scorer.setReferences(numbered, first[image]!, first[image + 1]!)
      current = image
      const stop = eos ? endOf(ids, start, end, eos) : end
      const score = scorer.score(hypothesis(ids, start, stop), 0, stop - start)
      ngrams.truncate(known)
      return score
    },
  }
}

/** Where a hypothesis stops: at its end of caption, which belongs to it when it counts as a word. */
function endOf(
  ids: Int32Array,
  start: number,
  end: number,
  { id, mode }: { id: number; mode: 'none' | 'append' },
): number {
  for (let i = start; i < end; i++) if (ids[i] === id) return mode === 'append' ? i + 1 : i
  return end
}

/** Numbers the n-grams of one caption after another, in the same arrays. */
function createHypothesis(ngrams: Ngrams) {
  let numbered: CaptionNgrams = empty(64)
  return (ids: Int32Array, start: number, end: number): CaptionNgrams => {
    if (end - start > numbered.orders[0]!.length) numbered = empty(2 * (end - start))
    for (let n = 1; n <= orders; n++) {
      const numbers = numbered.orders[n - 1]!
      const prefixes = n === 1 ? undefined : numbered.orders[n - 2]!
      for (let i = 0; i + n <= end - start; i++)
        numbers[i] = ngrams.add(prefixes ? prefixes[i]! : root, ids[start + i + n - 1]!)
    }
    return numbered
  }
}

function empty(words: number): CaptionNgrams {
  return { starts: new Int32Array(0), orders: Array.from({ length: orders }, () => new Int32Array(words)) }
}
