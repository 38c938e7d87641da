/** BLEU: the statistics of an image, and the scores of their sums. */
import type { Segments } from './captions.js'
import type { Metric } from './metric.js'
import { orders, type CaptionNgrams } from './ngrams.js'

/**
 * BLEU-1 to BLEU-4 (Papineni et al., ACL 2002) as the COCO evaluation computes it: the closest reference length, the
 * shorter on a tie, and two small constants that keep a score of nothing finite.
 *
 * A row is [hypothesis length, reference length, n-grams of order 1..4, of them correct 1..4]; the corpus score is the
 * score of the summed rows, not a mean.
 */
export const bleu: Metric = {
  names: ['BLEU-1', 'BLEU-2', 'BLEU-3', 'BLEU-4'],
  width: 2 + 2 * orders,
  score(sums) {
    const tiny = 1e-15
    const small = 1e-9
    const ratio = (sums[0]! + tiny) / (sums[1]! + small)
    const brevity = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1
    const scores = []
    let product = 1
    for (let n = 1; n <= orders; n++) {
      product *= (sums[1 + orders + n]! + tiny) / (sums[1 + n]! + small)
      scores.push(product ** (1 / n) * brevity)
    }
    return scores
  },
}

/**
 * The statistics of every image.
 *
 * @param size one more than the largest n-gram number
 * @returns (images, 10)
 */
export function bleuStatistics(segments: Segments<CaptionNgrams>, size: number): Float64Array {
  const { hypotheses, references, first } = segments
  const images = first.length - 1
  const rows = new Float64Array(images * bleu.width)
  const credit = createCredit(segments, size)
  for (let image = 0; image < images; image++) {
    const row = rows.subarray(image * bleu.width, (image + 1) * bleu.width)
    const length = hypotheses.starts[image + 1]! - hypotheses.starts[image]!
    let closest = -1
    for (let i = first[image]!; i < first[image + 1]!; i++) {
      const candidate = references.starts[i + 1]! - references.starts[i]!
      const farther = Math.abs(candidate - length) - Math.abs(closest - length)
      if (closest < 0 || farther < 0 || (farther === 0 && candidate < closest)) closest = candidate
    }
    row[0] = length
    row[1] = Math.max(0, closest)
    for (let n = 1; n <= orders; n++) {
      row[1 + n] = Math.max(0, length - n + 1)
      row[1 + orders + n] = credit(n, image)
    }
  }
  return rows
}

/** Counts correct n-grams: each at most as often as the reference that has it most often. */
function createCredit({ hypotheses, references, first }: Segments<CaptionNgrams>, size: number) {
  const most = new Int32Array(size) // by n-gram: the most that any one reference has, less those already counted
  const mostIn = new Int32Array(size).fill(-1) // by n-gram: the image for which `most` holds
  const counts = new Int32Array(size) // by n-gram: in the current reference
  const countsIn = new Int32Array(size).fill(-1) // by n-gram: the reference for which `counts` holds
  return (n: number, image: number): number => {
    const ofReferences = references.orders[n - 1]!
    for (let reference = first[image]!; reference < first[image + 1]!; reference++)
      for (let i = references.starts[reference]!; i + n <= references.starts[reference + 1]!; i++) {
        const ngram = ofReferences[i]!
        if (countsIn[ngram] !== reference) {
          countsIn[ngram] = reference
          counts[ngram] = 0
        }
        if (mostIn[ngram] !== image) {
          mostIn[ngram] = image
          most[ngram] = 0
        }
        if (++counts[ngram]! > most[ngram]!) most[ngram] = counts[ngram]!
      }
    const ofHypotheses = hypotheses.orders[n - 1]!
    let correct = 0
    for (let i = hypotheses.starts[image]!; i + n <= hypotheses.starts[image + 1]!; i++) {
      const ngram = ofHypotheses[i]!
      if (mostIn[ngram] !== image || most[ngram] === 0) continue
      most[ngram]!--
      correct++
    }
    return correct
  }
}
