/** Scores of captions in memory, without the model: tfjs and ONNX Runtime are never loaded. */
import { pairWithFile } from '../metrics/corpus/pairing.js'
import { compareScores, keyOf } from '../metrics/compare.js'
import { DataError } from '../errors.js'
import type { Call } from './call.js'
import type { ScoreOptions } from './options.js'
import type { Candidate, Comparison, ImageId, Metric, Score } from './records.js'
import { runStage } from './stage-function.js'

export { DataError, UsageError } from '../errors.js'
export type { Call } from './call.js'
export type { ScoreOptions } from './options.js'
export type * from './records.js'

/** What `m2 score` takes, where it names no file of captions. */
export interface ScoreInput extends Omit<ScoreOptions, 'files' | 'candidates' | 'references' | 'merge'> {
  /** The captions to score, one an image; with `captions` of their own where there are no `references`. */
  candidates: readonly Candidate[]
  /** What people say of each image. */
  references?: readonly { image_id: ImageId; captions: readonly string[] }[] | undefined
}

/**
 * Scores captions against references.
 *
 * @throws DataError for images that have only one of the two, unless `intersect` leaves them out
 */
export async function score(
  { candidates, references, ...options }: ScoreInput,
  call?: Call,
): Promise<Metric[]> {
  const { intersect = false, ...rest } = options
  const records = references === undefined ? candidates : paired(candidates, references, intersect)
  const metrics: Metric[] = []
  for await (const metric of runStage('score', records, { ...rest, intersect }, call))
    metrics.push(metric as Metric) // what the stage yields
  return metrics
}

export interface CompareInput<R extends Score> {
  scores: readonly R[]
  baseline: readonly (Score & { tolerance?: number | undefined })[]
  /** How far a score may fall, for all metrics or by metric; default: 1e-6. A baseline's own tolerance wins. */
  tolerance?: number | Readonly<Record<string, number>> | undefined
  /** Whether scores count as fallen where signatures (except for the version) or numbers of images differ. */
  strictSignature?: boolean | undefined
}

/** Compares scores with a baseline, by metric and group. A score that only the baseline has is missing: add it with `ok: false`. */
export function compare<R extends Score>({
  scores,
  baseline,
  tolerance = 1e-6,
  strictSignature = false,
}: CompareInput<R>): ((R | Score) & Comparison)[] {
  const known = new Map(
    baseline.map((record) => {
      if (record.score === null) throw new DataError(`the baseline's ${nameOf(record)} is not a number`)
      return [nameOf(record), { ...record, score: record.score }] as const
    }),
  )
  const toleranceOf = (metric: string) =>
    typeof tolerance === 'number' ? tolerance : (tolerance[metric] ?? 1e-6)
  const compared = scores.map((record) => ({
    ...record,
    ...compareScores(plain(record), known.get(nameOf(record)), {
      tolerance: toleranceOf(record.metric),
      strictSignature,
    }),
  }))
  const given = new Set(scores.map(nameOf))
  const missing = [...known.values()].filter((record) => !given.has(nameOf(record)))
  return [
    ...compared,
    ...missing.map((record) => ({
      ...record,
      score: null,
      baseline: record.score,
      delta: null,
      ok: false,
      reason: 'no such score was given',
    })),
  ]
}

/** A copy, whose type may have other fields; an interface's may not. */
const plain = ({ ...record }: Score) => record
const nameOf = (record: Score) => keyOf(plain(record))

/** Candidates with their references along, in the order of the references. */
function paired(
  candidates: readonly Candidate[],
  references: NonNullable<ScoreInput['references']>,
  intersect: boolean,
): Candidate[] {
  const images = references.map(({ image_id, captions, ...fields }) => ({
    image_id,
    captions: captions.map((text) => ({ text })),
    fields,
  }))
  const { pairs } = pairWithFile(
    candidates.map(({ ...candidate }) => candidate),
    images,
    { file: 'references', intersect },
  )
  return pairs.map(({ image_id, caption, references, fields }) => ({
    ...fields,
    image_id,
    caption,
    captions: [...references],
  }))
}
