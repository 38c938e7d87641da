/** Karpathy's dataset_*.json. */

import * as z from 'zod'
import { imageId, type ImageId } from '../records.js'
import { checkElement, type AnnotatedImage, type Findings } from './image.js'
import type { JsonElement } from '../formats/json-elements.js'

const image = z.looseObject({
  cocoid: imageId.optional(),
  filename: z.string(),
  split: z.string(),
  sentences: z.array(z.looseObject({ raw: z.string(), sentid: imageId.optional() })),
})

/**
 * Images of Karpathy's dataset_coco.json, dataset_flickr8k.json and dataset_flickr30k.json. An image's id is
 * COCO's or, for Flickr, its file name without `.jpg`. Captions are the raw sentences; `m2 tokenize` makes the tokens.
 */
export async function* karpathyImages(
  batches: AsyncIterable<readonly JsonElement[]>,
  file: string,
  { duplicate, reject }: Findings,
): AsyncGenerator<AnnotatedImage> {
  const seen = new Set<ImageId>()
  for await (const elements of batches) {
    for (const element of elements) {
      if (element.member !== 'images') continue
      const found = checkElement(element, image, file, reject)
      if (!found) continue
      const { cocoid, filename, split, sentences } = found
      const captions = sentences.flatMap(({ raw, sentid }) => {
        if (sentid !== undefined && seen.has(sentid)) {
          duplicate()
          return []
        }
        if (sentid !== undefined) seen.add(sentid)
        return [{ id: sentid, text: raw }]
      })
      yield {
        image_id: cocoid ?? filename.replace(/\.jpe?g$/i, ''),
        split,
        captions,
        fields: { file_name: filename },
      }
    }
  }
}
