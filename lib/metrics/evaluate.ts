/** From tokenized captions to a table of statistics for every metric. */
import type { ImageId } from '../records.js'
import { bleu, bleuStatistics } from './bleu.js'
import { Lexicon, packGroups } from './captions.js'
import { cider, ciderD, ciderStatistics } from './cider.js'
import { checkKnown, countDocuments, type DocumentFrequencies } from './frequencies.js'
import { meanMetric, sumRows, type Metric } from './metric.js'
import { meteorScore, statisticCount } from './meteor/score.js'
import { Ngrams, numberNgrams } from './ngrams.js'
import { rougeL, rougeStatistics } from './rouge.js'

/** One image to score: the tokens of its caption and of its references. */
export interface Item {
  readonly image_id: ImageId
  readonly hypothesis: readonly string[]
  readonly references: readonly (readonly string[])[]
  /** METEOR's statistics, where it ran. */
  readonly meteor?: Float64Array
  /** SPICE's score, where it ran. */
  readonly spice?: number
}

const metricNames = ['bleu', 'meteor', 'rouge', 'cider', 'cider-plain', 'spice'] as const
export type MetricName = (typeof metricNames)[number]

/** A metric's statistics of a corpus, one row per image. */
export interface Table {
  readonly metric: Metric
  readonly images: number
  /** (images, metric.width) */
  readonly rows: Float64Array
}

export interface EvaluateOptions {
  metrics: readonly MetricName[]
  /** Document frequencies from elsewhere; default: the items' own references, an image one document. */
  frequencies?(lexicon: Lexicon, ngrams: Ngrams): DocumentFrequencies
}

/**
 * The statistics of every metric asked for, in the order they are printed. METEOR and SPICE are taken from the items, and
 * left out if the items lack them.
 */
export function evaluate(items: readonly Item[], { metrics, frequencies }: EvaluateOptions): Table[] {
  const lexicon = new Lexicon()
  const first = packGroups(items.map(({ references }) => references.length))
  const references = lexicon.byBlanks(items.flatMap((item) => item.references))
  const hypotheses = lexicon.byBlanks(items.map(({ hypothesis }) => hypothesis))
  const ngrams = new Ngrams(references.words.length + hypotheses.words.length)
  const cached = frequencies?.(lexicon, ngrams)
  const numbered = {
    references: numberNgrams(lexicon.byWhiteSpace(references), ngrams),
    hypotheses: numberNgrams(lexicon.byWhiteSpace(hypotheses), ngrams),
    first,
  }
  if (cached) checkKnown(cached, numbered.references)
  const documents = () => cached ?? countDocuments(numbered.references, ngrams, first)
  const tables: Record<MetricName, () => [Metric, Float64Array]> = {
    bleu: () => [bleu, bleuStatistics(numbered, ngrams.size)],
    meteor: () => [meteor, meteorRows(items)],
    rouge: () => [rougeL, rougeStatistics({ hypotheses, references, first })],
    cider: () => [ciderD, ciderStatistics(numbered, documents(), 'CIDEr-D')],
    'cider-plain': () => [cider, ciderStatistics(numbered, documents(), 'CIDEr')],
    spice: () => [meanMetric('SPICE'), Float64Array.from(items, ({ spice = 0 }) => spice)],
  }
  const isThere = (name: MetricName) =>
    (name !== 'meteor' && name !== 'spice') || items.every((item) => item[name] !== undefined)
  return metricNames
    .filter((name) => metrics.includes(name) && isThere(name))
    .map((name) => {
      const [metric, rows] = tables[name]()
      return { metric, rows, images: items.length }
    })
}

/** A table's corpus scores, one for each name of its metric. */
export function corpusScores({ metric, rows, images }: Table): number[] {
  return metric.score(sumRows(rows, metric.width), images)
}

/** One image's scores. */
export function imageScores({ metric, rows }: Table, image: number): number[] {
  return metric.score(rows.subarray(image * metric.width, (image + 1) * metric.width), 1)
}

/** METEOR 1.5: its corpus score is that of the summed statistics, not a mean. */
const meteor: Metric = {
  names: ['METEOR'],
  width: statisticCount,
  score: (sums) => [meteorScore(sums)],
}

function meteorRows(items: readonly Item[]): Float64Array {
  const rows = new Float64Array(items.length * statisticCount)
  items.forEach(({ meteor = [] }, i) => rows.set(meteor, i * statisticCount))
  return rows
}
