import { readRecordFile } from '../formats/jsonl.js'
import { DataError } from '../errors.js'
import { evaluate, imageScores } from '../metrics/evaluate.js'
import { imageRecord } from '../records.js'
import { referencesOf, type Prediction, type Ranked } from './prediction.js'
import type { Tokens } from './vocabulary.js'

/** Gives captions their scores, from what `m2 score --per-image FILE.jsonl` wrote: CIDEr-D, or the first metric there. */
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

/** Gives captions their CIDEr-D, its document frequencies those of the references at hand. */
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
