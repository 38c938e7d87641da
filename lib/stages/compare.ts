/** `m2 compare`: scores compared with a baseline. */
import { DataError, UsageError } from '../errors.js'
import {
  keyOf,
  scoreRecord,
  type BaselineRecord,
  type Comparison,
  type ScoreRecord,
} from '../metrics/compare.js'
import type { TestCase } from '../formats/junit.js'
import { exists } from '../files/read.js'
import { defineStage } from '../stage.js'

export default defineStage({
  name: 'compare',
  input: scoreRecord,
  positional: {
    baseline: { required: true, metavar: 'BASELINE', describe: 'Metric records to compare with, as JSONL' },
  },
  options: {
    tolerance: {
      many: 'comma',
      default: ['1e-6'],
      metavar: 'X|METRIC=X',
      describe:
        'How far a score may fall, for all metrics or for one; a "tolerance" in a line of BASELINE wins',
    },
    strictSignature: {
      type: 'boolean',
      describe: 'Fail, not only warn, where signatures (but for the version) or numbers of images differ',
    },
    junit: { metavar: 'FILE', describe: 'Write a JUnit XML report with one test case for each metric' },
    update: { type: 'boolean', describe: 'Replace BASELINE with these scores, keeping its tolerances' },
  },
  examples: [
    [
      'm2 score < predictions.jsonl | m2 compare baseline.jsonl --tolerance 0.001,CIDEr-D=0.01',
      'In continuous integration',
    ],
    ['m2 score < predictions.jsonl | m2 compare baseline.jsonl --update', 'Accept the new scores'],
  ],
  async *run(records, { baseline: file, tolerance, strictSignature, junit, update }, context) {
    const { compareScores, readBaseline } = await import('../metrics/compare.js')
    const toleranceOf = tolerances(tolerance)
    const known =
      update && !(await exists(file)) ? new Map<string, BaselineRecord>() : await readBaseline(file)
    const compared = new Map<string, ScoreRecord & Comparison>()

    yield* context.each(records, (record) => {
      const key = keyOf(record)
      if (compared.has(key)) throw new DataError(`a second ${key}: compare one run at a time`)
      const options = { tolerance: toleranceOf(record.metric), strictSignature }
      const result = { ...record, ...compareScores(record, known.get(key), options) }
      compared.set(key, result)
      return result
    })
    if (compared.size === 0 && !context.signal.aborted)
      throw new DataError('there are no scores on stdin: did m2 score fail?')

    if (update) {
      await writeBaseline(file, compared, known)
      context.note(`wrote ${[...compared.keys()].join(', ')} to ${file}`)
      return
    }
    const missing = [...known.values()].filter((record) => !compared.has(keyOf(record)))
    const rows = [...compared.values(), ...missing.map(asMissing)]
    const fallen = rows.filter(({ ok }) => !ok)
    const verdict =
      fallen.length === 0 ? 'no score fell' : `${fallen.length} of ${rows.length} scores fell or are missing`
    context.note(`${verdict}\n${table(rows)}`)
    if (junit !== undefined) await writeReport(junit, rows)
    if (fallen.length > 0) context.fail()
  },
})

/** @throws UsageError for anything but a number or METRIC=number */
function tolerances(words: readonly string[]): (metric: string) => number {
  const named = new Map<string, number>()
  for (const word of words) {
    const [, metric = '', text = ''] = /^(?:(.*)=)?(.*)$/s.exec(word) ?? []
    const value = Number(text)
    if (text.trim() === '' || !(value >= 0) || value === Infinity)
      throw new UsageError(
        `--tolerance: expected a number of at least 0, or METRIC=NUMBER; got ${JSON.stringify(word)}`,
      )
    named.set(metric, value)
  }
  return (metric) => named.get(metric) ?? named.get('') ?? 1e-6
}

type Row = ScoreRecord & Comparison

const asMissing = (record: BaselineRecord): Row => ({
  ...record,
  baseline: record.score,
  score: null,
  delta: null,
  ok: false,
  reason: 'no score on stdin',
})

function table(rows: readonly Row[]): string {
  const digits = (value: number | null) => (value === null ? '-' : value.toFixed(5))
  const lines = [
    ['metric', 'score', 'baseline', 'delta', '', ''],
    ...rows.map((row) => [
      keyOf(row),
      digits(row.score),
      digits(row.baseline),
      row.delta !== null && row.delta > 0 ? `+${digits(row.delta)}` : digits(row.delta),
      row.ok ? 'ok' : 'FELL',
      row.reason ?? '',
    ]),
  ]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const aligned = lines.map((line) =>
    line.map((cell, column) =>
      column > 0 && column < 4 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
    ),
  )
  return aligned.map((line) => line.join('  ').trimEnd()).join('\n')
}

async function writeBaseline(
  file: string,
  rows: ReadonlyMap<string, ScoreRecord>,
  old: ReadonlyMap<string, BaselineRecord>,
) {
  const bad = [...rows.values()].find(({ score }) => score === null)
  if (bad) throw new DataError(`${keyOf(bad)} is not a number: ${file} is left as it was`)
  const lines = [...rows].map(([key, { metric, score, n, signature, group }]) => {
    const tolerance = old.get(key)?.tolerance
    return `${JSON.stringify({ metric, group, score, n, signature, tolerance })}\n`
  })
  await writeText(file, lines.join(''))
}

async function writeReport(file: string, rows: readonly Row[]) {
  const { junitReport } = await import('../formats/junit.js')
  const cases = rows.map((row): TestCase => ({
    name: keyOf(row),
    failure: row.ok ? undefined : (row.reason ?? 'fell'),
  }))
  await writeText(file, junitReport('m2 compare', cases))
}

async function writeText(file: string, text: string) {
  const { replaceFile } = await import('../files/replace.js')
  await replaceFile(file, (handle) => handle.writeFile(text))
}
