/** Scores compared with a baseline: what fell, and what is not comparable. */
import * as z from 'zod'
import { readRecordFile } from '../formats/jsonl.js'
import { DataError } from '../errors.js'

/** A metric record as `m2 compare` takes it: JSON has no NaN, so a score that is not a number arrives as null. */
export const scoreRecord = z.looseObject({
  metric: z.string(),
  score: z.number().nullable(),
  n: z.number().int(),
  signature: z.string(),
  /** The value of `m2 score --by` that the score belongs to. */
  group: z.string().optional(),
})
export type ScoreRecord = z.infer<typeof scoreRecord>

/** A line of a baseline: a metric record, with how far below it a score may fall. */
export const baselineRecord = scoreRecord.extend({
  score: z.number(),
  tolerance: z.number().nonnegative().optional(),
})
export type BaselineRecord = z.infer<typeof baselineRecord>

export interface Comparison {
  /** The baseline's score; null if the baseline lacks this metric. */
  baseline: number | null
  /** Score less baseline. */
  delta: number | null
  ok: boolean
  /** What is wrong, in words; absent when nothing is. */
  reason?: string
}

export interface CompareOptions {
  tolerance: number
  /** Whether scores whose signatures or numbers of images differ count as fallen. */
  strictSignature: boolean
}

/** Compares a score with its baseline: it may be higher by any amount, and lower by the tolerance. */
export function compareScores(
  { score, n, signature }: ScoreRecord,
  baseline: BaselineRecord | undefined,
  { tolerance, strictSignature }: CompareOptions,
): Comparison {
  if (score === null || !Number.isFinite(score))
    return { baseline: baseline?.score ?? null, delta: null, ok: false, reason: 'the score is not a number' }
  if (!baseline) return { baseline: null, delta: null, ok: true, reason: 'the baseline has no such metric' }
  const delta = score - baseline.score
  const allowed = baseline.tolerance ?? tolerance
  const fell =
    delta < -allowed ? `fell by ${Number((-delta).toPrecision(6))}, more than ${allowed}` : undefined
  const differs =
    settingsOf(signature) !== settingsOf(baseline.signature)
      ? `signature ${signature} against ${baseline.signature}`
      : n !== baseline.n
        ? `${n} images against ${baseline.n}`
        : undefined
  const reason = [fell, differs].filter(Boolean).join('; ')
  return {
    baseline: baseline.score,
    delta,
    ok: fell === undefined && !(strictSignature && differs !== undefined),
    ...(reason === '' ? {} : { reason }),
  }
}

/** What names a score among others: its metric, and its group if there are any. */
export function keyOf({ metric, group }: ScoreRecord): string {
  return group === undefined ? metric : `${metric} (${group})`
}

/**
 * Reads a baseline, by `keyOf`.
 *
 * @throws DataError if a line is not a metric record, or repeats one
 */
export async function readBaseline(file: string): Promise<Map<string, BaselineRecord>> {
  const baseline = new Map<string, BaselineRecord>()
  for await (const [record, place] of readRecordFile(file, baselineRecord)) {
    if (baseline.has(keyOf(record))) throw new DataError(`${place}: a second ${keyOf(record)}`)
    baseline.set(keyOf(record), record)
  }
  return baseline
}

/** A signature without its version: a new m2 is what a comparison is for. */
const settingsOf = (signature: string) =>
  signature
    .split('|')
    .filter((field) => !field.startsWith('version:'))
    .join('|')
