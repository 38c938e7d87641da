/** Several systems' captions of the same images: the scores of each, and whether they differ from the first's. */
import { basename } from 'node:path'
import type { Candidate } from '../annotations/candidates.js'
import { DataError, UsageError } from '../errors.js'
import { formatTable, type Table as TextTable, type TableFormat } from '../formats/table.js'
import { plainText } from '../plain-text.js'
import { flagOf } from '../options.js'
import type { Context } from '../stage.js'
import { openAnnotator, type AnnotatorOptions } from './corpus/annotate.js'
import { readCorpus, readOthers, type CorpusOptions } from './corpus/read.js'
import { evaluate, type Table } from './evaluate.js'
import { reportMetrics, type ReportedMetric } from './scores.js'

export interface SystemsOptions extends CorpusOptions, AnnotatorOptions {
  /** Captions of each system; none: `candidates`, or else the records, are those of the only one. */
  files?: readonly string[] | undefined
  format?: TableFormat | undefined
  /** Bootstrap samples; 0: 1000 where there is more than one system. */
  bootstrap: number
  seed: number
}

/** A table, or records that name their system with the table on stderr. */
export async function* reportSystems(
  records: AsyncIterable<Candidate>,
  options: SystemsOptions,
  context: Context,
): AsyncGenerator<object> {
  checkOneSystem(options)
  const scores = await scoreSystems(records, options, context)
  const table = systemsTable(scores)
  if (options.format !== undefined) return yield plainText(formatTable(table, options.format))
  for (const { system, metrics } of scores) for (const metric of metrics) yield { system, ...metric }
  context.note(`${scores.length} systems\n${formatTable(table, 'text')}`)
}

/** Throws UsageError for options that a table of systems has no place for. */
function checkOneSystem(options: object): void {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const flag of ['merge', 'by', 'df', 'perImage', 'statistics', 'against', 'spice'])
    if (given.some(([name]) => name === flag))
      throw new UsageError(`--${flagOf(flag)} is for the records of one system, not for a table`)
}

interface SystemScores {
  readonly system: string
  readonly metrics: readonly ReportedMetric[]
}

/**
 * Scores each system on the images of the first, which the others are compared with by the paired bootstrap.
 *
 * @throws DataError where a later system lacks an image of the first
 */
async function scoreSystems(
  records: AsyncIterable<Candidate>,
  options: SystemsOptions,
  context: Context,
): Promise<SystemScores[]> {
  const { candidates, files = candidates === undefined ? [] : [candidates] } = options
  const [first, ...rest] = files
  const annotator = openAnnotator(options, context)
  const { items, settings } = await readCorpus(
    records,
    { ...options, candidates: first },
    { annotator, context },
  )
  if (items.length === 0) throw new DataError('there are no captions to score')
  const samples = options.bootstrap === 0 && rest.length > 0 ? 1000 : options.bootstrap
  const report = { settings: { ...settings, frequencies: 'corpus' }, samples, seed: options.seed }
  const tables = evaluate(items, options)
  const names = namesOf(files)
  const scores = [{ system: names[0] ?? 'stdin', metrics: reportMetrics(tables, report) }]
  for (const [i, file] of rest.entries()) {
    const others: Table[] = evaluate(await readOthers(file, items, options, { annotator, context }), options)
    scores.push({ system: names[i + 1]!, metrics: reportMetrics(others, { ...report, against: tables }) })
  }
  return scores
}

/** One row a system, one column a metric: score, half the width of its interval, and a star where it differs. */
function systemsTable(scores: readonly SystemScores[]): TextTable {
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
