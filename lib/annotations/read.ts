/** Annotation files of any known format, recognised by their content. */

import { DataError } from '../errors.js'
import { readLines } from '../formats/jsonl.js'
import type { AnnotatedImage, Findings } from './image.js'
import { cocoImages } from './coco.js'
import { flickrImages } from './flickr.js'
import { jsonElements, type JsonElement } from '../formats/json-elements.js'
import { karpathyImages } from './karpathy.js'
import { openText } from '../formats/text.js'
import { textCapsImages } from './textcaps.js'

/**
 * Reads an annotation file, plain or gzipped, in the order of its images: COCO captions or nocaps JSON, Karpathy's
 * dataset_*.json, TextCaps JSON, or a Flickr8k token file. The format is recognised by its content.
 *
 * @throws DataError with the file where it is cut, is not an annotation file, or cannot be read
 */
export async function* readAnnotations(file: string, findings: Findings): AsyncGenerator<AnnotatedImage> {
  const { start, bytes } = await openText(file)
  if (start.startsWith('{')) yield* jsonImages(jsonElements(bytes, file), file, findings)
  else if (/^[^\t\n]+#\d+\t/.test(start)) yield* flickrImages(readLines(bytes, file), file, findings)
  else
    throw new DataError(
      `${file}: expected ${formats}, got a file that starts with ${JSON.stringify(start.slice(0, 40))}`,
    )
}

const formats =
  'COCO captions or nocaps JSON ({"images","annotations"}), Karpathy JSON ({"images": [{"sentences"}]}), ' +
  'TextCaps JSON ({"data"}) or a Flickr token file (name.jpg#0<TAB>caption)'

async function* jsonImages(
  batches: AsyncGenerator<readonly JsonElement[]>,
  file: string,
  findings: Findings,
): AsyncGenerator<AnnotatedImage> {
  for await (const batch of batches) {
    const first = batch.find(({ member }) => ['images', 'annotations', 'data'].includes(member))
    if (!first) continue
    const all = prepend(batch, batches)
    if (first.member === 'data') yield* textCapsImages(all, file, findings)
    else if (hasSentences(first)) yield* karpathyImages(all, file, findings)
    else yield* cocoImages(all, file, findings)
    return
  }
  throw new DataError(`${file}: expected ${formats}, got a JSON object without images, annotations or data`)
}

function hasSentences({ value }: JsonElement): boolean {
  return typeof value === 'object' && value !== null && 'sentences' in value
}

async function* prepend<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first
  yield* rest
}
