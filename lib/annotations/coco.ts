/** COCO's captions format, which nocaps shares. */

import * as z from 'zod'
import { imageId, type ImageId } from '../records.js'
import { checkElement, type AnnotatedImage, type Findings } from './image.js'
import type { JsonElement } from '../formats/json-elements.js'

const image = z.looseObject({ id: imageId })
const annotation = z.looseObject({
  id: imageId.optional(),
  image_id: imageId,
  caption: z.string({
    error: 'expected a string (an instances or keypoints file has none: captions_*.json is the one needed)',
  }),
})

/**
 * Images of COCO's captions format, which nocaps shares: `images` in the order of the file, each with its `annotations` in
 * that order. Images that only annotations mention come last.
 */
export async function* cocoImages(
  batches: AsyncIterable<readonly JsonElement[]>,
  file: string,
  { duplicate, reject }: Findings,
): AsyncGenerator<AnnotatedImage> {
  const images = new Map<ImageId, AnnotatedImage>()
  const listed = new Map<ImageId, Readonly<Record<string, unknown>>>()
  const seen = new Set<ImageId>()
  for await (const elements of batches) {
    for (const element of elements) {
      if (element.member === 'images') {
        const found = checkElement(element, image, file, reject)
        if (found) listed.set(found.id, descriptive(found))
      } else if (element.member === 'annotations') {
        const found = checkElement(element, annotation, file, reject)
        if (!found) continue
        const { id, image_id, caption } = found
        if (id !== undefined && seen.has(id)) {
          duplicate()
          continue
        }
        if (id !== undefined) seen.add(id)
        const known = images.get(image_id)
        if (known) known.captions.push({ id, text: caption })
        else images.set(image_id, { image_id, captions: [{ id, text: caption }], fields: {} })
      }
    }
  }
  for (const [image_id, fields] of listed) {
    const split = typeof fields['split'] === 'string' ? fields['split'] : undefined
    yield { image_id, split, captions: images.get(image_id)?.captions ?? [], fields }
    images.delete(image_id)
  }
  yield* images.values()
}

/** The fields of an image, without its id, its origin and its licence. */
function descriptive(found: z.infer<typeof image>): Record<string, unknown> {
  const provenance = ['license', 'date_captured', 'flickr_url', 'coco_url']
  return Object.fromEntries(
    Object.entries(found).filter(([key]) => key !== 'id' && !provenance.includes(key)),
  )
}
