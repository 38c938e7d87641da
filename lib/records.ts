import * as z from 'zod'

/**
 * What flows between stages: one record an image, one JSON object a line. Unknown fields pass through every stage,
 * so the references ride along and `m2 score` needs no second input.
 */

/** COCO's image ids are numbers, TextCaps' are strings. */
export const imageId = z.union([z.number().int(), z.string().min(1)], {
  error: 'expected a number or a string',
})

/** Detections by reference: `dataset` of an HDF5 `file` holds (regions, width) values. */
export const featureReference = z.object({
  file: z.string(),
  dataset: z.string(),
  shape: z.tuple([z.number().int().nonnegative(), z.number().int().positive()]),
})

/** Detections inline, for pipes that cross machines: little-endian float32 in base64. */
export const inlineFeatures = z.object({
  data: z.string(),
  shape: z.tuple([z.number().int().nonnegative(), z.number().int().positive()]),
  dtype: z.literal('float32'),
})

export const features = z.union([featureReference, inlineFeatures], {
  error: 'expected {"file","dataset","shape"} or {"data","shape","dtype":"float32"}',
})

/** One hypothesis of the beam. `ids` end with `<eos>` where the caption ended by itself. */
export const beam = z.object({
  caption: z.string(),
  ids: z.array(z.number().int()),
  log_prob: z.number(),
  word_log_probs: z.array(z.number()),
})

/** Any record: an image, and whatever the stages before have said of it. */
export const imageRecord = z.looseObject({ image_id: imageId })
/** After `m2 captions`. */
export const captionsRecord = z.looseObject({ image_id: imageId, captions: z.array(z.string()) })
/** After `m2 tokenize`. */
export const tokensRecord = z.looseObject({ image_id: imageId, tokens: z.array(z.array(z.string())) })
/** After `m2 features`. */
export const featuresRecord = z.looseObject({ image_id: imageId, features })
/** After `m2 decode`. */
export const predictionRecord = z.looseObject({ image_id: imageId, caption: z.string() })
/** After `m2 score`: one metric. */
export const metricRecord = z.looseObject({
  metric: z.string(),
  score: z.number(),
  n: z.number().int(),
  signature: z.string(),
})

export type ImageId = z.infer<typeof imageId>
export type FeatureReference = z.infer<typeof featureReference>
export type InlineFeatures = z.infer<typeof inlineFeatures>
export type Features = z.infer<typeof features>
export type Beam = z.infer<typeof beam>
export type ImageRecord = z.infer<typeof imageRecord>
export type CaptionsRecord = z.infer<typeof captionsRecord>
export type TokensRecord = z.infer<typeof tokensRecord>
export type FeaturesRecord = z.infer<typeof featuresRecord>
export type PredictionRecord = z.infer<typeof predictionRecord>
export type MetricRecord = z.infer<typeof metricRecord>

/** The stage that gives records a field. */
const stageOf: Readonly<Record<string, string>> = {
  captions: 'm2 captions reads them from annotations',
  tokens: 'm2 tokenize adds them',
  features: 'm2 features adds them',
  caption: 'm2 decode adds it',
}

/**
 * What to do about a line that is not the record it should be: a whole annotation file in the place of records, or a
 * record that has not been through the stage before. Empty where nothing is known.
 */
export function adviceOn(value: unknown, { issues: [issue] }: z.ZodError): string {
  if (Array.isArray(value) || isAnnotations(value))
    return '; this is no record but a whole file: m2 captions FILE makes records of annotations'
  const [field, ...deeper] = issue?.path ?? []
  const known = deeper.length === 0 && typeof field === 'string' && isMissing(value, field)
  const stage = known ? stageOf[field] : undefined
  return stage === undefined ? '' : `; ${stage}`
}

function isAnnotations(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('annotations' in value || 'images' in value)
}

function isMissing(value: unknown, field: string): boolean {
  return typeof value === 'object' && value !== null && !(field in value)
}
