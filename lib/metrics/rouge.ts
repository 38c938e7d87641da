/** ROUGE-L: the longest common subsequence of a caption and its references. */
import type { Segments } from './captions.js'
import { meanMetric } from './metric.js'
import { withRoom } from './room.js'

/**
 * ROUGE-L (Lin, ACL workshop 2004) as the COCO evaluation computes it: the highest precision and the highest recall
 * over the references, which may be of two different ones, joined with beta = 1.2; the corpus score is the mean.
 */
export const rougeL = meanMetric('ROUGE-L')

const beta = 1.2

/** Every image's score, of captions split at blanks. @returns (images) */
export function rougeStatistics({ hypotheses, references, first }: Segments): Float64Array {
  const common = createCommon(hypotheses.words, references.words)
  return Float64Array.from({ length: first.length - 1 }, (_, image) => {
    const start = hypotheses.starts[image]!
    const end = hypotheses.starts[image + 1]!
    let precision = 0
    let recall = 0
    for (let i = first[image]!; i < first[image + 1]!; i++) {
      const from = references.starts[i]!
      const to = references.starts[i + 1]!
      const length = common(start, end, from, to)
      precision = Math.max(precision, length / (end - start))
      recall = Math.max(recall, length / (to - from))
    }
    if (precision === 0 || recall === 0) return 0
    return ((1 + beta ** 2) * precision * recall) / (recall + beta ** 2 * precision)
  })
}

/** Length of the longest common subsequence of a[start..end) and b[from..to), row by row of the usual table. */
function createCommon(a: Int32Array, b: Int32Array) {
  let lengths = new Int32Array(64)
  return (start: number, end: number, from: number, to: number): number => {
    lengths = withRoom(lengths, to - from)
    lengths.fill(0, 0, to - from)
    let longest = 0
    for (let i = start; i < end; i++) {
      longest = 0 // of the words of `a` so far and those of `b` up to j
      let diagonal = 0
      for (let j = 0; j < to - from; j++) {
        const above = lengths[j]!
        if (a[i] === b[from + j]) longest = diagonal + 1
        else if (above > longest) longest = above
        lengths[j] = longest
        diagonal = above
      }
    }
    return longest
  }
}
