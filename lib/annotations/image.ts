import type { z } from 'zod'
import { DataError } from '../errors.js'
import { misfitOf } from '../formats/misfit.js'
import type { JsonElement } from '../formats/json-elements.js'
import type { ImageId } from '../records.js'

/** An image and its captions as an annotation file has them, whatever the file's format. */
export interface AnnotatedImage {
  image_id: ImageId
  split?: string | undefined
  /** `id` is the annotation's, where the format has one. */
  captions: { id?: ImageId | undefined; text: string }[]
  /** What else the file says of the image and a later stage may want: file_name, domain, width, height. */
  fields: Readonly<Record<string, unknown>>
}

/** What is told on the way. */
export interface Findings {
  /** A caption is dropped because its id has come before. */
  duplicate(): void
  /** Something cannot be used: throws, or returns to go on without it. */
  reject(error: DataError): void
}

/**
 * Checks one element of an annotation file.
 *
 * @returns undefined for one that was rejected
 * @throws DataError, by way of `reject`: `captions.json: annotations[12].caption: expected string, got number`
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
