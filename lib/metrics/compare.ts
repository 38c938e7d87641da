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
  /** false where the signatures differ in what changes the number. */
  comparable?: false
  /** What is wrong, in words; absent when nothing is. */
  reason?: string
}

export interface CompareOptions {
  tolerance: number
  /** Whether any difference in signature (but for the version) or number of images counts as fallen. */
  strictSignature: boolean
  /** Whether no difference in signature does; default: those do that change the number. */
  anySignature?: boolean
}

/** Compares a score with its baseline: it may be higher by any amount, and lower by the tolerance. */
export function compareScores(
  { score, n, signature }: ScoreRecord,
  baseline: BaselineRecord | undefined,
  { tolerance, strictSignature, anySignature = false }: CompareOptions,
): Comparison {
  if (score === null || !Number.isFinite(score))
    return { baseline: baseline?.score ?? null, delta: null, ok: false, reason: 'the score is not a number' }
  if (!baseline) return { baseline: null, delta: null, ok: true, reason: 'the baseline has no such metric' }
  const delta = score - baseline.score
  const allowed = baseline.tolerance ?? tolerance
  const by = Number((-delta).toPrecision(6))
  const fell = delta < -allowed
  const other = anySignature ? [] : otherSettings(signature, baseline.signature)
  const differs =
    other.length > 0
      ? `not comparable: ${other.join(', ')}`
      : settingsOf(signature) !== settingsOf(baseline.signature)
        ? `signature ${signature} against ${baseline.signature}`
        : n !== baseline.n
          ? `${n} images against ${baseline.n}`
          : undefined
  const reasons = [
    fell ? `fell by ${by}, more than ${allowed}` : delta < 0 && `fell by ${by}, within ${allowed}`,
    differs,
  ]
  const reason = reasons.filter(Boolean).join('; ')
  return {
    baseline: baseline.score,
    delta,
    ok: !fell && other.length === 0 && !(strictSignature && differs !== undefined),
    ...(other.length > 0 && !fell && { comparable: false as const }),
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

/** What changes the number that a metric gives for the same captions. */
const decisive = ['tok', 'repeats', 'eos', 'df', 'meteor', 'modules', 'function-words']

/** The decisive settings in which signatures differ: `tok:none against ptb`. */
function otherSettings(signature: string, baseline: string): string[] {
  const [own, known] = [signature, baseline].map(fieldsOf) as [Fields, Fields] // one for each
  return decisive
    .filter((name) => own.get(name) !== known.get(name))
    .map((name) => `${name}:${own.get(name) ?? '-'} against ${known.get(name) ?? '-'}`)
}

type Fields = Map<string, string>

/** A signature's fields by name; its first is the metric. */
function fieldsOf(signature: string): Fields {
  const fields = signature.split('|').slice(1)
  return new Map(fields.map((field) => [field.split(':', 1)[0]!, field.slice(field.indexOf(':') + 1)]))
}

/** A signature without its version: a new m2 is what a comparison is for. */
const settingsOf = (signature: string) =>
  signature
    .split('|')
    .filter((field) => !field.startsWith('version:'))
    .join('|')
