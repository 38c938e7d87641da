/** The bound on the length of a caption that is split into words. */

import { beyondLimit, limitOf } from '../files/limits.js'

/**
 * Throws DataError for a caption that is too long to be one: splitting it and comparing it could take hours.
 *
 * @returns the caption
 */
export function checkLength(caption: string): string {
  if (caption.length <= limitOf('caption')) return caption
  throw beyondLimit('caption', `the caption ${JSON.stringify(`${caption.slice(0, 40)}...`)}: a length`)
}
