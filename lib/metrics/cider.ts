/** CIDEr-D and CIDEr: the score of one caption against its references. */
import type { Segments } from './captions.js'
import type { DocumentFrequencies } from './frequencies.js'
import { meanMetric } from './metric.js'
import { orders, type CaptionNgrams } from './ngrams.js'
import { createVectors } from './tfidf.js'

/** CIDEr-D (Vedantam et al., CVPR 2015): what the field prints as CIDEr. */
export const ciderD = meanMetric('CIDEr-D')
/** CIDEr as the paper first defines it: CIDEr-D without the clipping and the length penalty. */
export const cider = meanMetric('CIDEr')

export type CiderVariant = 'CIDEr-D' | 'CIDEr'

/** Every image's score, times ten as everyone prints it. @returns (images) */
export function ciderStatistics(
  { hypotheses, references, first }: Segments<CaptionNgrams>,
  frequencies: DocumentFrequencies,
  variant: CiderVariant = 'CIDEr-D',
): Float64Array {
  const scorer = createCiderScorer(frequencies, variant)
  return Float64Array.from({ length: first.length - 1 }, (_, image) => {
    scorer.setReferences(references, first[image]!, first[image + 1]!)
    return scorer.score(hypotheses, hypotheses.starts[image]!, hypotheses.starts[image + 1]!)
  })
}

export interface CiderScorer {
  /** The captions `from` up to `to` become the references of what is scored next. */
  setReferences(captions: CaptionNgrams, from: number, to: number): void
  /** The score of the hypothesis of the words start up to end against them; 0 without references. */
  score(hypothesis: CaptionNgrams, start: number, end: number): number
}

const sigma = 6

/**
 * Scores hypotheses against references: the mean over orders and references of the cosine of their tf-idf vectors.
 * A quirk of the reference is kept: the lengths that CIDEr-D compares are numbers of bigrams, not of words.
 */
export function createCiderScorer(
  frequencies: DocumentFrequencies,
  variant: CiderVariant = 'CIDEr-D',
): CiderScorer {
  const vectors = createVectors(frequencies)
  const strict = variant === 'CIDEr-D'
  const bigrams = (caption: number) => Math.max(0, vectors.words(caption) - 1)

  return {
    setReferences(captions, from, to) {
      vectors.cut(0)
      for (let i = from; i < to; i++) vectors.push(captions, captions.starts[i]!, captions.starts[i + 1]!)
    },
    score(hypothesis, start, end) {
      const references = vectors.height
      if (references === 0) return 0
      vectors.push(hypothesis, start, end)
      let sum = 0
      for (let n = 1; n <= orders; n++)
        for (let reference = 0; reference < references; reference++) {
          const norms = vectors.norm(references, n) * vectors.norm(reference, n)
          if (norms === 0) continue
          const difference = bigrams(references) - bigrams(reference)
          const penalty = strict ? Math.exp(-(difference ** 2) / (2 * sigma ** 2)) : 1
          sum += (vectors.product(reference, n, strict) / norms) * penalty
        }
      vectors.cut(references)
      return (sum / orders / references) * 10
    },
  }
}
