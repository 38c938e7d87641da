/** Scores of single captions, read from a file or computed here. */
import { readRecordFile } from '../formats/jsonl.js'
import { DataError } from '../errors.js'
import { evaluate, imageScores } from '../metrics/evaluate.js'
import { imageRecord } from '../records.js'
import { referencesOf, type Prediction, type Ranked } from './prediction.js'
import type { Tokens } from './vocabulary.js'

/** Takes the score of each caption from a file of `m2 score --per-image`: CIDEr-D, or the first metric in it. */
export async function rankByFile(
  predictions: readonly Prediction[],
  file: string,
): Promise<{ metric: string; ranked: Ranked[] }> {
  const scores = new Map<string, number>()
  let metric: string | undefined
  for await (const [{ image_id, ...fields }] of readRecordFile(file, imageRecord)) {
    metric ??= metricOf(fields)
    const score = metric === undefined ? undefined : fields[metric]
    if (typeof score === 'number') scores.set(String(image_id), score)
  }
  if (metric === undefined)
    throw new DataError(`${file}: expected scores of images as m2 score --per-image FILE.jsonl writes them`)
  const ranked = predictions.map((prediction) => ({
    prediction,
    score: scores.get(String(prediction.image_id)),
  }))
  return { metric, ranked }
}

function metricOf(fields: Record<string, unknown>): string | undefined {
  if (typeof fields['CIDEr-D'] === 'number') return 'CIDEr-D'
  return Object.keys(fields).find((name) => typeof fields[name] === 'number')
}

/** Computes the CIDEr-D of each caption, with document frequencies from the references in the records. */
export function rankByCider(
  predictions: readonly Prediction[],
  hypotheses: readonly Tokens[],
  references: readonly (readonly Tokens[])[],
): Ranked[] {
  const scored = predictions.flatMap((prediction, i) =>
    referencesOf(prediction).length > 0 ? [{ index: i, image_id: prediction.image_id }] : [],
  )
  const items = scored.map(({ index, image_id }) => ({
    image_id,
    hypothesis: hypotheses[index]!,
    references: references[index]!,
  }))
  const [table] = items.length > 0 ? evaluate(items, { metrics: ['cider'] }) : []
  const scores = new Map(scored.map(({ index }, row) => [index, table && imageScores(table, row)[0]]))
  return predictions.map((prediction, i) => ({ prediction, score: scores.get(i) }))
}
