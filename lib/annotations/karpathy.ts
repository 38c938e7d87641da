/** Karpathy's dataset_*.json. */

import * as z from 'zod'
import { imageId, imageOfFile } from '../records.js'
import { createRepeats, type Findings } from './findings.js'
import { checkElement, type AnnotatedImage } from './image.js'
import type { JsonElement } from '../formats/json-elements.js'

const image = z.looseObject({
  cocoid: imageId.optional(),
  imgid: imageId.optional(),
  filename: z.string(),
  split: z.string(),
  sentences: z.array(z.looseObject({ raw: z.string(), sentid: imageId.optional() })),
})

/**
 * Images of Karpathy's dataset_coco.json, dataset_flickr8k.json and dataset_flickr30k.json. An image's id is
 * COCO's or, for Flickr, that of its file name. Captions are the raw sentences; `m2 tokenize` makes the tokens.
 */
export async function* karpathyImages(
  batches: AsyncIterable<readonly JsonElement[]>,
  file: string,
  findings: Findings,
): AsyncGenerator<AnnotatedImage> {
  const isRepeat = createRepeats(findings)
  for await (const elements of batches) {
    for (const element of elements) {
      if (element.member !== 'images') continue
      const found = checkElement(element, image, file, findings.reject)
      if (!found) continue
      const { cocoid, imgid, filename, split, sentences } = found
      const image_id = cocoid ?? imageOfFile(filename)
      const captions = sentences
        .filter(({ raw, sentid }) => !isRepeat(sentid, image_id, raw))
        .map(({ raw, sentid }) => ({ id: sentid, text: raw }))
      yield {
        image_id,
        split,
        captions,
        fields: { file_name: filename, ...(imgid === undefined ? {} : { imgid }) },
      }
    }
  }
}
