/** The captions that a list of caption ids selects. */

import { DataError } from '../errors.js'
import type { AnnotatedImage } from './image.js'

/**
 * The images and captions that caption ids select, in the order of the reference: images in the order of the first of
 * their ids, the captions of an image in the order of theirs.
 *
 * @param ids as in `coco_test_ids.npy`; a repeated id counts once
 * @param missing called with the ids that were not found, if there are any
 */
export async function* selectCaptions(
  images: AsyncIterable<AnnotatedImage>,
  ids: readonly number[],
  missing: (ids: readonly number[]) => void,
): AsyncGenerator<AnnotatedImage> {
  const wanted = new Map(ids.map((id, order) => [id, order]))
  const chosen: { order: number; image: AnnotatedImage }[] = []
  const found = new Set<number>()
  for await (const image of images) {
    const captions = image.captions.flatMap(({ id, text }) => {
      const order = typeof id === 'number' && !found.has(id) ? wanted.get(id) : undefined
      if (typeof id !== 'number' || order === undefined) return []
      found.add(id)
      return [{ order, id, text }]
    })
    captions.sort((a, b) => a.order - b.order)
    const [first] = captions
    if (first) chosen.push({ order: first.order, image: { ...image, captions } })
  }
  if (found.size < wanted.size) missing([...wanted.keys()].filter((id) => !found.has(id)))
  for (const { image } of chosen.sort((a, b) => a.order - b.order)) yield image
}

/** The error for ids that are in none of the files. */
export function missingIds(missing: readonly number[], total: number): DataError {
  return new DataError(
    `${missing.length} of the ${total} caption ids are in none of the files (the first is ${missing[0]}). ` +
      "The reference's ids are those of captions_train2014.json and captions_val2014.json: give both, " +
      'or --missing skip to go on without these captions',
  )
}
