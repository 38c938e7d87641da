/** An annotated image, and how the elements of annotation files are checked. */

import type { z } from 'zod'
import { DataError } from '../errors.js'
import { misfitOf } from '../formats/misfit.js'
import type { JsonElement } from '../formats/json-elements.js'
import type { ImageId } from '../records.js'

/** An image and its captions from an annotation file of any format. */
export interface AnnotatedImage {
  image_id: ImageId
  split?: string | undefined
  /** `id` is the id of the annotation, in formats that have one. */
  captions: { id?: ImageId | undefined; text: string }[]
  /** How many captions of the image were dropped as rejected. */
  rejected?: number
  /** Other fields of the image that later stages may need: file_name, domain, width, height. */
  fields: Readonly<Record<string, unknown>>
}

/**
 * Checks one element of an annotation file.
 *
 * @returns undefined for a rejected element
 * @throws DataError, through `reject`: `captions.json: annotations[12].caption: expected string, got number`
 */
export function checkElement<Schema extends z.ZodType>(
  { member, index, value }: JsonElement,
  schema: Schema,
  file: string,
  reject: (error: DataError) => void,
): z.output<Schema> | undefined {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  reject(new DataError(`${file}: ${misfitOf(result.error, `${member}[${index}]`)}`))
  return undefined
}
