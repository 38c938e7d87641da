/**
 * The records that flow between stages, as zod schemas.
 *
 * A record is one image and one line of JSON. Unknown fields pass through every stage, so that the references travel with
 * the image and `m2 score` needs no second input.
 */

import * as z from 'zod'

/** An image's id: a number in COCO, a string in TextCaps. Integers beyond 2^53 become strings of the same digits. */
export const imageId = z
  .union([z.number().refine(Number.isInteger, 'expected an integer or a string'), z.string().min(1)], {
    error: 'expected a number or a string',
  })
  .transform((id) => (typeof id === 'string' || Number.isSafeInteger(id) ? id : String(id)))

/**
 * The image that a file name names. Formats that know images by their files, and files of features that are named so,
 * take their ids from here, so that all stages agree:
 *
 * - folders and the extension of a picture or an array are dropped: `val2014/x.tif` and `x.npz` are image "x";
 * - COCO's names and numbers with leading zeros are numbers: `COCO_val2014_000000000042.jpg` is 42, `000000000044` 44;
 * - any other name is the id as it stands: `1000268201_693b08cb0e.jpg` is "1000268201_693b08cb0e".
 */
export function imageOfFile(file: string): ImageId {
  const name = file
    .replace(/^.*[/\\](?=.)/s, '')
    .replace(/(?<=.)\.(?:jpe?g|png|gif|bmp|tiff?|webp|npy|npz)$/i, '')
  const digits = /^(?:COCO_[a-z]+20\d\d_0*|0+)(\d+)$/.exec(name)?.[1]
  return digits === undefined || !Number.isSafeInteger(Number(digits)) ? name : Number(digits)
}

/** Two ids are those of one image where their keys are equal: 42, "42", "COCO_val2014_000000000042.jpg". */
export const keyOf = (id: ImageId): string => String(typeof id === 'number' ? id : imageOfFile(id))

/**
 * Finds images by their ids: that of exactly this id, else that of the same key where only one has it.
 *
 * @param items ids and what belongs to them; of equal ids the first counts
 */
export function indexByImage<T>(
  items: Iterable<readonly [id: ImageId, item: T]>,
): (id: ImageId) => T | undefined {
  const exact = new Map<string, T>()
  for (const [id, item] of items) if (!exact.has(String(id))) exact.set(String(id), item)
  let byKey: Map<string, T | undefined> | undefined // undefined for a key that several have
  return (id) => {
    const found = exact.get(String(id))
    if (found !== undefined) return found
    if (!byKey) {
      byKey = new Map()
      for (const [id, item] of exact) byKey.set(keyOf(id), byKey.has(keyOf(id)) ? undefined : item)
    }
    return byKey.get(keyOf(id))
  }
}

/** A few ids, for messages: `42, 73, "x" and 4997 more`. */
export function sampleIds(images: readonly { image_id: ImageId }[]): string {
  const shown = images
    .slice(0, 3)
    .map(({ image_id: id }) => (/^\d+$/.test(String(id)) ? id : JSON.stringify(id)))
  if (shown.length === 0) return 'none'
  return images.length > shown.length
    ? `${shown.join(', ')} and ${images.length - shown.length} more`
    : shown.join(', ')
}

/** Features by reference: `dataset` of an HDF5 `file` has (regions, width) values. */
export const featureReference = z.object({
  file: z.string(),
  dataset: z.string(),
  /** The image's row, where the dataset is one table for all images. */
  row: z.number().int().nonnegative().optional(),
  shape: z.tuple([z.number().int().nonnegative(), z.number().int().positive()]),
})

/** Features inline, for pipes between machines: little-endian float32 in base64. */
export const inlineFeatures = z.object({
  data: z.string(),
  shape: z.tuple([z.number().int().nonnegative(), z.number().int().positive()]),
  dtype: z.literal('float32'),
})

export const features = z.union([featureReference, inlineFeatures], {
  error: 'expected {"file","dataset","shape"} or {"data","shape","dtype":"float32"}',
})

/** One hypothesis of the beam. `ids` end with `<eos>` unless the caption was cut at the maximal length. */
export const beam = z.object({
  caption: z.string(),
  ids: z.array(z.number().int()),
  log_prob: z.number(),
  word_log_probs: z.array(z.number()),
})

/** Any record: an image and the fields that earlier stages added. */
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

/** The stage that adds a field. */
const stageOf: Readonly<Record<string, string>> = {
  captions: 'm2 captions reads them from annotations',
  tokens: 'm2 tokenize adds them',
  features: 'm2 features adds them',
  caption: 'm2 decode adds it',
}

/**
 * Advice about a line that is not the expected record: a whole annotation file instead of records, or a record that an
 * earlier stage has not seen. Empty where there is none.
 */
export function adviceOn(value: unknown, { issues: [issue] }: z.ZodError): string {
  if (Array.isArray(value) || isAnnotations(value)) return wholeFile
  const [field, ...deeper] = issue?.path ?? []
  const known = deeper.length === 0 && typeof field === 'string' && isMissing(value, field)
  const stage = known ? stageOf[field] : undefined
  return stage === undefined ? '' : `; ${stage}`
}

/** Advice where annotations stand in the place of records. */
export const wholeFile = '; this is a whole file, not a record: m2 captions FILE makes records of annotations'

function isAnnotations(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('annotations' in value || 'images' in value)
}

function isMissing(value: unknown, field: string): boolean {
  return typeof value === 'object' && value !== null && !(field in value)
}
