/** TextCaps' JSON. */

import * as z from 'zod'
import { imageId, type ImageId } from '../records.js'
import { createRepeats, type Findings } from './findings.js'
import { checkElement, type AnnotatedImage } from './image.js'
import type { JsonElement } from '../formats/json-elements.js'

const entry = z.looseObject({
  image_id: imageId,
  caption_id: imageId.optional(),
  caption_str: z.string().optional(),
  reference_strs: z.array(z.string()).optional(),
  set_name: z.string().optional(),
  image_name: z.string().optional(),
  image_width: z.number().optional(),
  image_height: z.number().optional(),
})

/**
 * Images of TextCaps' JSON, whose `data` has one entry for each caption. Entries without a caption give the
 * `reference_strs` of their image; entries of the test set have neither.
 */
export async function* textCapsImages(
  batches: AsyncIterable<readonly JsonElement[]>,
  file: string,
  findings: Findings,
): AsyncGenerator<AnnotatedImage> {
  const images = new Map<ImageId, AnnotatedImage>()
  const isRepeat = createRepeats(findings)
  for await (const elements of batches) {
    for (const element of elements) {
      if (element.member !== 'data') continue
      const found = checkElement(element, entry, file, findings.reject)
      if (!found) continue
      const { image_id, caption_id: id, caption_str: text } = found
      let image = images.get(image_id)
      if (!image) {
        const fields = {
          ...(found.image_name === undefined ? {} : { file_name: found.image_name }),
          ...(found.image_width === undefined ? {} : { width: found.image_width }),
          ...(found.image_height === undefined ? {} : { height: found.image_height }),
        }
        image = { image_id, split: found.set_name, captions: [], fields }
        images.set(image_id, image)
        if (text === undefined)
          image.captions = (found.reference_strs ?? []).map((reference) => ({ text: reference }))
      }
      if (text !== undefined && !isRepeat(id, image_id, text)) image.captions.push({ id, text })
    }
  }
  yield* images.values()
}
