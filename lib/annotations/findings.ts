/** What is noticed while an annotation file is read, counted and told. */

import type { DataError } from '../errors.js'
import type { ImageId } from '../records.js'

/** Receives what is noticed while a file is read. */
export interface Findings {
  /** Whether captions that VizWiz marks as rejected or precanned are kept. */
  readonly keepRejected: boolean
  /** A caption is dropped because one with the same id, image and text occurred before. */
  duplicate(): void
  /** A caption has the id of another one of different image or text; both are kept. */
  sharedId(): void
  /** A caption is dropped because it is marked as rejected or precanned. */
  rejected(): void
  /** Something cannot be used. Throws, or returns so that reading goes on without it. */
  reject(error: DataError): void
}

/**
 * Findings that are counted, and told at the end of the file.
 *
 * @param file its name, for the notes
 */
export function countFindings(
  file: string,
  listener: {
    note(message: string): void
    reject(error: DataError): void
    keepRejected?: boolean | undefined
  },
): Findings & { tell(): void } {
  let [duplicates, shared, rejected] = [0, 0, 0]
  return {
    keepRejected: listener.keepRejected === true,
    duplicate: () => void duplicates++,
    sharedId: () => void shared++,
    rejected: () => void rejected++,
    reject: (error) => listener.reject(error),
    tell() {
      if (duplicates > 0)
        listener.note(`${file}: ${duplicates} captions had the id, image and text of an earlier one: dropped`)
      if (shared > 0)
        listener.note(
          `${file}: ids of captions are not unique: ${shared} captions have the id of another one, and all are kept`,
        )
      if (rejected > 0)
        listener.note(
          `${file}: ${rejected} captions are marked is_rejected or is_precanned: dropped, as VizWiz's scorer does; ` +
            '--keep-rejected keeps them',
        )
    },
  }
}

/**
 * Tells repeated captions from different captions with the same id: some files number captions from the start in each
 * image, or give all captions of an image its id.
 *
 * @returns a function that says whether a caption is to be dropped
 */
export function createRepeats({
  duplicate,
  sharedId,
}: Findings): (id: ImageId | undefined, image_id: ImageId, text: string) => boolean {
  const first = new Map<ImageId, string>()
  const others = new Set<string>()
  return (id, image_id, text) => {
    if (id === undefined) return false
    const caption = `${String(image_id)}\n${text}`
    const known = first.get(id)
    if (known === undefined) {
      first.set(id, caption)
      return false
    }
    const key = `${String(id)}\n${caption}`
    if (known === caption || others.has(key)) {
      duplicate()
      return true
    }
    others.add(key)
    sharedId()
    return false
  }
}
