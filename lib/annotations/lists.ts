/** Annotations as JSON lists: BLIP's and LAVIS's, and neuraltalk2's coco_raw.json. */

import * as z from 'zod'
import type { JsonElement } from '../formats/json-elements.js'
import { imageId, imageOfFile, type ImageId } from '../records.js'
import { createRepeats, type Findings } from './findings.js'
import { checkElement, type AnnotatedImage } from './image.js'

const entry = z
  .looseObject({
    image: z.string().optional(),
    file_path: z.string().optional(),
    image_id: imageId.optional(),
    id: imageId.optional(),
    caption: z.union([z.string(), z.array(z.string())]).optional(),
    captions: z.array(z.string()).optional(),
    split: z.string().optional(),
  })
  .refine(({ image, file_path: path }) => image !== undefined || path !== undefined, {
    error:
      'expected {"image","caption"} as in BLIP or {"file_path","captions"} as in coco_raw.json ' +
      '([{"image_id","caption"}] is a list of results: m2 score --candidates reads it)',
  })

/**
 * Images of a list of {"image", "caption"}, as BLIP and LAVIS have them, with one caption or a list of captions in each
 * entry, or of {"file_path", "id", "captions"}, as neuraltalk2 has them. An image's id is that of its file name
 * (imageOfFile) unless the list has ids of its own.
 */
export async function* listedImages(
  batches: AsyncIterable<readonly JsonElement[]>,
  file: string,
  findings: Findings,
): AsyncGenerator<AnnotatedImage> {
  const images = new Map<ImageId, AnnotatedImage>()
  const isRepeat = createRepeats(findings)
  for await (const elements of batches) {
    for (const element of elements) {
      const found = checkElement(element, entry, file, findings.reject)
      if (!found) continue
      const name = found.image ?? found.file_path ?? ''
      const named = imageOfFile(name)
      const image_id = typeof named === 'number' ? named : (found.image_id ?? found.id ?? named)
      let image = images.get(image_id)
      if (!image) {
        image = { image_id, split: found.split, captions: [], fields: { file_name: name } }
        images.set(image_id, image)
      }
      for (const text of [found.caption ?? found.captions ?? []].flat()) {
        const id =
          found.captions || found['caption_id'] === undefined ? undefined : captionId(found['caption_id'])
        if (!isRepeat(id, image_id, text)) image.captions.push({ id, text })
      }
    }
  }
  yield* images.values()
}

const captionId = (value: unknown): ImageId | undefined => imageId.safeParse(value).data
