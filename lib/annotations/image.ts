import type { z } from 'zod'
import { DataError } from '../errors.js'
import { misfitOf } from '../formats/misfit.js'
import type { JsonElement } from '../formats/json-elements.js'

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
