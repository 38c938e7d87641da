/** Annotation files of any known format, recognised by their content. */

import * as z from 'zod'
import { DataError } from '../errors.js'
import { jsonElements, type JsonElement } from '../formats/json-elements.js'
import { parseLine } from '../formats/jsonl.js'
import { readLines } from '../formats/lines.js'
import { withText, type OpenedText } from '../formats/text.js'
import { imageId } from '../records.js'
import { cocoImages } from './coco.js'
import { isDictionary, readDictionary } from './dictionary.js'
import type { Findings } from './findings.js'
import { flickrImages } from './flickr.js'
import type { AnnotatedImage } from './image.js'
import { karpathyImages } from './karpathy.js'
import { listedImages } from './lists.js'
import { isTable, tableImages } from './table.js'
import { textCapsImages } from './textcaps.js'

/**
 * Reads an annotation file, plain or gzipped, in the order of its images. The format is recognised by the content: COCO
 * captions or nocaps JSON, Karpathy's dataset_*.json, TextCaps JSON, lists of BLIP or neuraltalk2, pycocoevalcap's object
 * of captions by image, Flickr token files, tables with a header, or records of `m2 captions`.
 *
 * @throws DataError with the file where it is cut, is not an annotation file, or cannot be read
 */
export async function* readAnnotations(file: string, findings: Findings): AsyncGenerator<AnnotatedImage> {
  yield* withText(file, (opened) => imagesOf(opened, file, findings))
}

async function* imagesOf(
  { start, bytes }: OpenedText,
  file: string,
  findings: Findings,
): AsyncGenerator<AnnotatedImage> {
  if (isRecord(start)) yield* recordImages(bytes, file)
  else if (isDictionary(start)) {
    for await (const { image_id, captions } of readDictionary(bytes, file))
      yield { image_id, captions: captions.map((text) => ({ text })), fields: {} }
  } else if (start.startsWith('{')) yield* jsonImages(jsonElements(bytes, file), file, findings)
  else if (start.startsWith('[')) yield* listedImages(jsonElements(bytes, file), file, findings)
  else if (/^[^\t\n]+#\d+\t/.test(start)) yield* flickrImages(readLines(bytes, file), file, findings)
  else if (isTable(start)) yield* tableImages(readLines(bytes, file), file, findings)
  else {
    const list = /^[^\s,|]+\.(?:jpe?g|png)\s*\n/i.test(start)
    throw new DataError(
      `${file}: expected ${formats}, got a file that starts with ${JSON.stringify(start.slice(0, 40))}` +
        (list ? '; this looks like a list of images: --images selects the images of such a list' : ''),
    )
  }
}

const formats =
  'COCO captions or nocaps JSON ({"images","annotations"}), Karpathy JSON ({"images": [{"sentences"}]}), ' +
  'TextCaps JSON ({"data"}), a list ([{"image","caption"}]), captions by image ({"42": ["a man"]}), a Flickr token file ' +
  '(name.jpg#0<TAB>caption) or a table (image,caption)'

/** Whether a file begins with a record, an object with a member image_id. */
export function isRecord(start: string): boolean {
  const line = start.split('\n', 1)[0] ?? ''
  if (!line.startsWith('{')) return false
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && 'image_id' in value
  } catch {
    // Longer than the start of the file, or not JSON: annotation files have image_id only inside a list.
    return /"image_id"\s*:/.test(line.replace(/\[[^\]]*(\]|$)/g, ''))
  }
}

const record = z.looseObject({
  image_id: imageId,
  split: z.string().optional(),
  captions: z.array(z.string()).optional(),
  references: z.array(z.string()).optional(),
})

async function* recordImages(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<AnnotatedImage> {
  for await (const [number, line] of readLines(bytes, file)) {
    const { image_id, split, captions, references, ...fields } = parseLine(line, record, `${file}:${number}`)
    const texts = references ?? captions
    if (!texts)
      throw new DataError(
        `${file}:${number}: expected "captions" or "references", a list of strings; got neither`,
      )
    yield { image_id, split, captions: texts.map((text) => ({ text })), fields }
  }
}

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
