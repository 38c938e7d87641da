/** COCO's captions format, which nocaps shares. */

import * as z from 'zod'
import { imageId, type ImageId } from '../records.js'
import { createRepeats, type Findings } from './findings.js'
import { checkElement, type AnnotatedImage } from './image.js'
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
  findings: Findings,
): AsyncGenerator<AnnotatedImage> {
  const images = new Map<ImageId, AnnotatedImage>()
  const listed = new Map<ImageId, Readonly<Record<string, unknown>>>()
  const isRepeat = createRepeats(findings)
  for await (const elements of batches) {
    for (const element of elements) {
      if (element.member === 'images') {
        const found = checkElement(element, image, file, findings.reject)
        if (found) listed.set(found.id, descriptive(found))
      } else if (element.member === 'annotations') {
        const found = checkElement(element, annotation, file, findings.reject)
        if (!found) continue
        const { id, image_id, caption } = found
        let image = images.get(image_id)
        if (!image) {
          image = { image_id, captions: [], fields: {} }
          images.set(image_id, image)
        }
        if (isRejected(found) && !findings.keepRejected) {
          image.rejected = (image.rejected ?? 0) + 1
          findings.rejected()
        } else if (!isRepeat(id, image_id, caption)) image.captions.push({ id, text: caption })
      }
    }
  }
  for (const [image_id, fields] of listed) {
    const split = typeof fields['split'] === 'string' ? fields['split'] : undefined
    const { captions = [], rejected = 0 } = images.get(image_id) ?? {}
    yield { image_id, split, captions, fields, ...(rejected > 0 ? { rejected } : {}) }
    images.delete(image_id)
  }
  yield* images.values()
}

/** VizWiz marks captions that its annotators or its scorer do not accept. */
const isRejected = (found: Readonly<Record<string, unknown>>): boolean =>
  [found['is_rejected'], found['is_precanned']].some((mark) => mark === true || mark === 1)

/** The fields of an image, without its id, its origin and its licence. */
function descriptive(found: z.infer<typeof image>): Record<string, unknown> {
  const provenance = ['license', 'date_captured', 'flickr_url', 'coco_url']
  return Object.fromEntries(
    Object.entries(found).filter(([key]) => key !== 'id' && !provenance.includes(key)),
  )
}
