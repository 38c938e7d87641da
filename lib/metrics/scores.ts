/** What `m2 score` prints: scores with their signatures, intervals and differences. */
import type { MetricRecord } from '../records.js'
import { intervalOf, pairedDifference, resample, type Difference, type Interval } from './bootstrap.js'
import { corpusScores, type Table } from './evaluate.js'
import { signatureOf, type Settings } from './signature.js'

export interface ReportedMetric extends MetricRecord {
  ci?: Interval
  against?: { score: number } & Difference
}

export interface ReportOptions {
  settings: Settings
  /** Bootstrap samples; 0: no intervals. */
  samples: number
  seed: number
  /** The tables of another system on the same images. */
  against?: readonly Table[] | undefined
}

/** One record for each score: what `m2 score` prints. */
export function reportMetrics(tables: readonly Table[], options: ReportOptions): ReportedMetric[] {
  const { settings, samples, seed, against } = options
  const drawn = samples > 0 ? resample([...tables, ...(against ?? [])], { samples, seed }) : undefined
  return tables.flatMap((table, t) => {
    const scores = corpusScores(table)
    const others = against?.[t] && corpusScores(against[t])
    return table.metric.names.map((metric, i) => {
      const own = drawn?.[t]?.[i]
      const other = drawn?.[tables.length + t]?.[i]
      return {
        metric,
        score: scores[i]!,
        n: table.images,
        signature: signatureOf(metric, settings),
        ...(own && { ci: intervalOf(own) }),
        ...(others && own && other
          ? { against: { score: others[i]!, ...pairedDifference(scores[i]!, others[i]!, own, other) } }
          : {}),
      }
    })
  })
}
