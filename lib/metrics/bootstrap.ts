/** Confidence intervals and paired differences, by bootstrap samples of the images. */
import { uniformNumbers } from '../random.js'
import type { Table } from './evaluate.js'

/** An estimate's 95 % interval: percentiles 2.5 and 97.5 of the bootstrap samples. */
export type Interval = readonly [low: number, high: number]

/**
 * Scores of bootstrap samples (Koehn, EMNLP 2004): images drawn with replacement, as many as there are, and their
 * statistics summed again. All tables see the same draws, so that two systems can be compared in pairs. CIDEr's
 * document frequencies stay those of the whole corpus.
 *
 * @param tables of the same images, in the same order
 * @returns by table, by name of its metric: (samples) scores in the order drawn
 */
export function resample(
  tables: readonly Table[],
  { samples, seed }: { samples: number; seed: number },
): Float64Array[][] {
  const images = tables[0]?.images ?? 0
  const random = uniformNumbers(seed)
  const scores = tables.map(({ metric }) => metric.names.map(() => new Float64Array(samples)))
  const drawn = new Int32Array(images)
  for (let sample = 0; sample < samples; sample++) {
    drawn.fill(0)
    for (let i = 0; i < images; i++) drawn[Math.floor(random() * images)]!++
    for (const [t, { metric, rows }] of tables.entries()) {
      const sums = weightedSums(rows, metric.width, drawn)
      for (const [i, score] of metric.score(sums, images).entries()) scores[t]![i]![sample] = score
    }
  }
  return scores
}

/** The interval of a score, from its samples. */
export function intervalOf(samples: Float64Array): Interval {
  const sorted = samples.toSorted()
  return [percentile(sorted, 0.025), percentile(sorted, 0.975)]
}

/** How a system compares with another on the same images. */
export interface Difference {
  /** System less other. */
  difference: number
  ci: Interval
  /** Two-sided: how often chance alone, the samples' spread about their mean, reaches the difference observed. */
  p: number
}

/** Compares two scores by samples that were drawn in pairs; p is never 0, as it cannot be known so well. */
export function pairedDifference(
  score: number,
  other: number,
  samples: Float64Array,
  otherSamples: Float64Array,
): Difference {
  const differences = samples.map((sample, i) => sample - otherSamples[i]!)
  const difference = score - other
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length
  const reached = differences.filter((value) => Math.abs(value - mean) >= Math.abs(difference)).length
  return {
    difference,
    ci: intervalOf(differences),
    p: (reached + 1) / (differences.length + 1),
  }
}

function weightedSums(rows: Float64Array, width: number, weights: Int32Array): Float64Array {
  const sums = new Float64Array(width)
  for (let image = 0; image < weights.length; image++) {
    const weight = weights[image]!
    if (weight === 0) continue
    const start = image * width
    for (let column = 0; column < width; column++) sums[column]! += weight * rows[start + column]!
  }
  return sums
}

/** Linear between the two nearest, as numpy's percentile. */
function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const below = sorted[Math.floor(at)]!
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at))
}
