/** Captions with their scores, read from a file or computed here, and what else is known of their images. */
import { DataError } from '../errors.js'
import { readRecordFile } from '../formats/jsonl.js'
import { evaluate, imageScores } from '../metrics/evaluate.js'
import { imageRecord, type ImageId } from '../records.js'
import type { OtherCaptions } from './inputs.js'
import { referencesOf, type Prediction, type Ranked } from './prediction.js'
import type { Tokens } from './vocabulary.js'

export interface RankOptions {
  readonly tokenize: (captions: readonly string[]) => Tokens[]
  readonly others: readonly OtherCaptions[]
  readonly classes: ReadonlyMap<string, readonly string[]> | undefined
  /** From a file; by default CIDEr-D is computed where there are references. */
  readonly scores: ImageScores | undefined
}

/** Gives every caption its score, the captions of other models with theirs, and the names of its regions. */
export function rankCaptions(predictions: readonly Prediction[], options: RankOptions) {
  const { tokenize, classes, scores } = options
  const hypotheses = tokenize(predictions.map(({ caption }) => caption))
  const references = predictions.map((one) => tokenize(referencesOf(one)))
  const ciders = (hypothesisOf: (i: number) => Tokens | undefined) =>
    imageCiders(
      predictions.map(({ image_id }, i) => ({
        image_id,
        hypothesis: hypothesisOf(i),
        references: references[i]!, // one list a prediction
      })),
    )
  const own = scores
    ? predictions.map(({ image_id }) => scores.byImage.get(String(image_id)))
    : ciders((i) => hypotheses[i])
  const others = options.others.map(({ label, captions }) => {
    const texts = predictions.map(({ image_id }) => captions.get(String(image_id)))
    const tokens = tokenize(texts.map((text) => text ?? ''))
    return {
      label,
      texts,
      scores: scores ? [] : ciders((i) => (texts[i] === undefined ? undefined : tokens[i])),
    }
  })
  const ranked = predictions.map((prediction, i): Ranked => ({
    prediction,
    classes: prediction.classes ?? classes?.get(String(prediction.image_id)),
    score: own[i],
    others: others.flatMap(({ label, texts, scores }) => {
      const caption = texts[i]
      return caption === undefined ? [] : [{ label, caption, score: scores[i] }]
    }),
  }))
  return { metric: scores?.metric ?? 'CIDEr-D', ranked, hypotheses, references }
}

/** Scores of single captions, by the id of their image as text. */
export interface ImageScores {
  readonly metric: string
  readonly byImage: ReadonlyMap<string, number>
}

/** Reads a file of `m2 score --per-image`: CIDEr-D, or the first metric in it. */
export async function readImageScores(file: string): Promise<ImageScores> {
  const byImage = new Map<string, number>()
  let metric: string | undefined
  for await (const [{ image_id, ...fields }] of readRecordFile(file, imageRecord)) {
    metric ??= metricOf(fields)
    const score = metric === undefined ? undefined : fields[metric]
    if (typeof score === 'number') byImage.set(String(image_id), score)
  }
  if (metric === undefined)
    throw new DataError(`${file}: expected scores of images as m2 score --per-image FILE.jsonl writes them`)
  return { metric, byImage }
}

function metricOf(fields: Record<string, unknown>): string | undefined {
  if (typeof fields['CIDEr-D'] === 'number') return 'CIDEr-D'
  return Object.keys(fields).find((name) => typeof fields[name] === 'number')
}

/** A caption in tokens, to be scored against those of people; undefined where there is none. */
export interface Scorable {
  readonly image_id: ImageId
  readonly hypothesis: Tokens | undefined
  readonly references: readonly Tokens[]
}

/**
 * The CIDEr-D of each caption, with document frequencies from all references given.
 *
 * @returns undefined for captions without references, and where the caption itself is missing
 */
export function imageCiders(items: readonly Scorable[]): (number | undefined)[] {
  const withReferences = items.filter(({ references }) => references.length > 0)
  const scorable = withReferences.map((item) => ({ ...item, hypothesis: item.hypothesis ?? [] }))
  const [table] = scorable.length > 0 ? evaluate(scorable, { metrics: ['cider'] }) : []
  let row = 0
  return items.map(({ hypothesis, references }) => {
    if (references.length === 0 || !table) return undefined
    const [score] = imageScores(table, row++)
    return hypothesis && score
  })
}
