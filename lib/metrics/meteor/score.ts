/** METEOR's statistics of an alignment, and the score of their sums. */
import type { Alignment } from './aligner.js'
import type { Line } from './line.js'
import { modules, type Matches } from './matcher.js'

/**
 * The statistics of one segment, as the jar's SCORE line reports them, and one more:
 * - 0, 1: words of hypothesis and reference; 2, 3: function words among them
 * - 4 + 4m + 0..3, module m: matched content words of hypothesis and reference, matched function words of both
 * - 20: chunks; 21, 22: matched words of hypothesis and reference
 * - 23: 1 where everything is matched in one chunk, which is no fragmentation at all: the jar then leaves that chunk
 *   out of a sum. With it the rows of a corpus may simply be added up.
 */
export const statisticCount = 24

// METEOR 1.5's parameters for English, tuned to rank translations (Denkowski and Lavie, WMT 2014, table 1).
const [alpha, beta, gamma, delta] = [0.85, 0.2, 0.6, 0.75]
const moduleWeights = [1, 0.6, 0.8, 0.6]

export function countMatches(
  hypothesis: Line,
  reference: Line,
  matches: Matches,
  { chosen, count, chunks }: Alignment,
): Float64Array {
  const statistics = new Float64Array(statisticCount)
  statistics[0] = hypothesis.words.length
  statistics[1] = reference.words.length
  statistics[2] = functionWords(hypothesis, 0, hypothesis.words.length)
  statistics[3] = functionWords(reference, 0, reference.words.length)
  for (let i = 0; i < count; i++) {
    const m = chosen[i]!
    const length = matches.length[m]!
    const otherLength = matches.otherLength[m]!
    const functions = functionWords(reference, matches.start[m]!, length)
    const otherFunctions = functionWords(hypothesis, matches.otherStart[m]!, otherLength)
    const at = 4 + 4 * matches.module[m]!
    statistics[at]! += otherLength - otherFunctions
    statistics[at + 1]! += length - functions
    statistics[at + 2]! += otherFunctions
    statistics[at + 3]! += functions
    statistics[21]! += otherLength
    statistics[22]! += length
  }
  statistics[20] = chunks
  const isWhole = statistics[21] === statistics[0] && statistics[22] === statistics[1]
  statistics[23] = isWhole && chunks === 1 ? 1 : 0
  return statistics
}

/**
 * METEOR of one segment's statistics, or of the sum of many: a corpus is scored as one long segment, not by a mean.
 * Precision and recall weigh matches by module and content words against function words; fragmentation counts chunks.
 */
export function meteorScore(statistics: ArrayLike<number>): number {
  const at = (i: number) => statistics[i] ?? 0
  const weigh = (content: number, functions: number) => delta * content + (1 - delta) * functions
  let matched = 0
  let otherMatched = 0
  for (let m = 0; m < modules.length; m++) {
    const weight = moduleWeights[m]!
    otherMatched += weight * weigh(at(4 + 4 * m), at(6 + 4 * m))
    matched += weight * weigh(at(5 + 4 * m), at(7 + 4 * m))
  }
  const precision = otherMatched / weigh(at(0) - at(2), at(2))
  const recall = matched / weigh(at(1) - at(3), at(3))
  if (!(precision > 0 && recall > 0)) return 0
  const mean = 1 / ((1 - alpha) / precision + alpha / recall)
  const fragmentation = (at(20) - at(23)) / ((at(21) + at(22)) / 2)
  return mean * (1 - gamma * fragmentation ** beta)
}

function functionWords({ words }: Line, start: number, length: number): number {
  let count = 0
  for (let i = start; i < start + length; i++) count += words[i]!.isFunction
  return count
}
