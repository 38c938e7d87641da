/** Several systems' captions of the same images: the scores of each, and whether they differ from the first's. */
import { basename } from 'node:path'
import type { Candidate } from '../annotations/candidates.js'
import { DataError } from '../errors.js'
import type { Table as TextTable } from '../formats/table.js'
import type { Context } from '../stage.js'
import { openAnnotator, type AnnotatorOptions } from './corpus/annotate.js'
import { readCorpus, readOthers, type CorpusOptions } from './corpus/read.js'
import { evaluate, type Table } from './evaluate.js'
import { reportMetrics, type ReportedMetric } from './scores.js'

export interface SystemScores {
  readonly system: string
  readonly metrics: readonly ReportedMetric[]
}

export interface SystemsOptions extends CorpusOptions, AnnotatorOptions {
  /** Bootstrap samples; 0: 1000 where there is more than one system. */
  bootstrap: number
  seed: number
}

/**
 * Scores each system on the images of the first, which the others are compared with by the paired bootstrap.
 *
 * @param files captions of each system; none: the records are those of the only one
 * @throws DataError where a later system lacks an image of the first
 */
export async function scoreSystems(
  records: AsyncIterable<Candidate>,
  files: readonly string[],
  options: SystemsOptions,
  context: Context,
): Promise<SystemScores[]> {
  const [first, ...rest] = files
  const helpers = { annotator: openAnnotator(options, context), context }
  const { items, settings } = await readCorpus(records, { ...options, candidates: first }, helpers)
  if (items.length === 0) throw new DataError('there are no captions to score')
  const samples = options.bootstrap === 0 && rest.length > 0 ? 1000 : options.bootstrap
  const report = { settings: { ...settings, frequencies: 'corpus' }, samples, seed: options.seed }
  const tables = evaluate(items, options)
  const names = namesOf(files)
  const scores = [{ system: names[0] ?? 'stdin', metrics: reportMetrics(tables, report) }]
  for (const [i, file] of rest.entries()) {
    const others: Table[] = evaluate(await readOthers(file, items, options, helpers), options)
    scores.push({ system: names[i + 1]!, metrics: reportMetrics(others, { ...report, against: tables }) })
  }
  return scores
}

/** One row a system, one column a metric: score, half the width of its interval, and a star where it differs. */
export function systemsTable(scores: readonly SystemScores[]): TextTable {
  const [first] = scores
  const compared = scores.some(({ metrics }) => metrics.some(({ against }) => against))
  return {
    columns: [
      { title: 'system' },
      ...(first?.metrics ?? []).map(({ metric }) => ({ title: metric, number: true })),
    ],
    rows: scores.map(({ system, metrics }) => [system, ...metrics.map((metric) => cell(metric, compared))]),
    ...(compared && {
      note: `± 95 % confidence; * differs from ${first?.system}: p < 0.05, paired bootstrap`,
    }),
  }
}

function cell({ score, ci, against }: ReportedMetric, compared: boolean): string {
  const spread = ci ? ` ±${((ci[1] - ci[0]) / 2).toFixed(4)}` : ''
  const mark = against && against.p < 0.05 ? '*' : compared ? ' ' : ''
  return `${score.toFixed(4)}${spread}${mark}`
}

/** What files are called: their names without what ends them, or as given where two would be called the same. */
function namesOf(files: readonly string[]): string[] {
  const short = files.map((file) => basename(file).replace(/(\.jsonl?)?(\.gz)?$/, ''))
  return new Set(short).size === short.length ? short : [...files]
}
