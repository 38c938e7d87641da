/** `m2 compare`: scores compared with a baseline. */
import { DataError, UsageError } from '../errors.js'
import {
  keyOf,
  scoreRecord,
  type BaselineRecord,
  type Comparison,
  type ScoreRecord,
} from '../metrics/compare.js'
import { formatTable, type Table } from '../formats/table.js'
import type { TestCase } from '../formats/junit.js'
import { exists } from '../files/read.js'
import { suggest } from '../options.js'
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
      describe: 'Fail on any difference of signatures (but for the version) or numbers of images',
    },
    anySignature: {
      type: 'boolean',
      describe: 'Do not fail where tokenizer, repeats, df, eos or modules differ, which change the number',
    },
    markdown: {
      metavar: 'FILE',
      describe: 'Append the table to FILE as Markdown: $GITHUB_STEP_SUMMARY in a GitHub workflow',
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
  async *run(records, { baseline: file, tolerance, junit, markdown, update, ...options }, context) {
    const { compareScores, readBaseline } = await import('../metrics/compare.js')
    const named = tolerances(tolerance)
    const toleranceOf = (metric: string) => named.get(metric) ?? named.get('') ?? 1e-6
    const known =
      update && !(await exists(file)) ? new Map<string, BaselineRecord>() : await readBaseline(file)
    const compared = new Map<string, ScoreRecord & Comparison>()

    const results = context.each(records, (record) => {
      const key = keyOf(record)
      if (compared.has(key)) throw new DataError(`a second ${key}: compare one run at a time`)
      const settings = { ...options, tolerance: toleranceOf(record.metric) }
      return { ...record, ...compareScores(record, known.get(key), settings) }
    })
    for await (const result of results) compared.set(keyOf(result), result)
    if (compared.size === 0) throw new DataError('there are no scores on stdin: did m2 score fail?')
    checkNames(named, [...known.values(), ...compared.values()])
    yield* compared.values()

    if (update) {
      await writeBaseline(file, compared, known)
      context.note(`wrote ${[...compared.keys()].join(', ')} to ${file}`)
      return
    }
    const missing = [...known.values()].filter((record) => !compared.has(keyOf(record)))
    const rows = [...compared.values(), ...missing.map(asMissing)]
    const fallen = rows.filter(({ ok }) => !ok)
    const verdict = verdictOf(rows)
    const table = tableOf(rows)
    context.note(`${verdict}\n${formatTable(table, 'text')}`)
    if (markdown !== undefined)
      await appendText(markdown, `### Scores: ${verdict}\n\n${formatTable(table, 'markdown')}\n\n`)
    if (junit !== undefined) await writeReport(junit, rows)
    if (fallen.length > 0) context.fail()
  },
})

/** @throws UsageError for anything but a number or METRIC=number */
function tolerances(words: readonly string[]): Map<string, number> {
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
  return named
}

/** @throws UsageError for a tolerance of a metric that neither side has */
function checkNames(tolerances: ReadonlyMap<string, number>, rows: readonly ScoreRecord[]): void {
  const metrics = [...new Set(rows.map(({ metric }) => metric))]
  for (const name of tolerances.keys())
    if (name !== '' && !metrics.includes(name))
      throw new UsageError(
        `--tolerance: there is no score of ${name}; expected ${metrics.join(', ')}.${suggest(name, metrics)}`,
      )
}

/** What became of the scores, in a line. */
function verdictOf(rows: readonly Row[]): string {
  const different = rows.filter(({ comparable }) => comparable === false).length
  const fallen = rows.filter(({ ok }) => !ok).length - different
  const within = rows.filter(({ ok, delta }) => ok && delta !== null && delta < 0).length
  const parts = [
    fallen > 0 && `${fallen} of ${rows.length} scores fell or are missing`,
    different > 0 &&
      `${different} of ${rows.length} are not comparable with the baseline; --any-signature compares them`,
    within > 0 && `${within} of ${rows.length} fell within tolerance`,
  ]
  return parts.filter(Boolean).join('; ') || 'no score fell'
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

function tableOf(rows: readonly Row[]): Table {
  const digits = (value: number | null) => (value === null ? '-' : value.toFixed(5))
  return {
    columns: [
      { title: 'metric' },
      ...['score', 'baseline', 'delta'].map((title) => ({ title, number: true })),
      { title: '' },
      { title: '' },
    ],
    rows: rows.map((row) => [
      keyOf(row),
      digits(row.score),
      digits(row.baseline),
      row.delta !== null && row.delta > 0 ? `+${digits(row.delta)}` : digits(row.delta),
      row.ok ? 'ok' : row.comparable === false ? 'DIFFERS' : 'FELL',
      row.reason ?? '',
    ]),
  }
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

async function appendText(file: string, text: string) {
  const { appendFile } = await import('node:fs/promises')
  const { cannotWrite } = await import('../files/refusal.js')
  await appendFile(file, text).catch((error: unknown) => {
    throw cannotWrite(file, error)
  })
}
