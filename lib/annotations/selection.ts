/** The captions that a list of caption ids selects, and the images that a list of images selects. */

import { DataError } from '../errors.js'
import { parseJson } from '../formats/json.js'
import { readIds } from '../formats/npy.js'
import { readWhole } from '../files/read.js'
import { keyOf, sampleIds, type ImageId } from '../records.js'
import type { AnnotatedImage } from './image.js'

/**
 * The images and captions that caption ids select, in the order of the reference: images in the order of the first of
 * their ids, the captions of an image in the order of theirs.
 *
 * @param ids as in `coco_test_ids.npy`; a repeated id counts once
 * @param missing called with the ids that were not found, if there are any, and an id that the files have
 * @throws DataError for an id that several captions have
 */
export async function* selectCaptions(
  images: AsyncIterable<AnnotatedImage>,
  ids: readonly ImageId[],
  missing: (ids: readonly ImageId[], sample: ImageId | undefined) => void,
): AsyncGenerator<AnnotatedImage> {
  const wanted = new Map(ids.map((id, order) => [String(id), { id, order }]))
  const chosen: { order: number; image: AnnotatedImage }[] = []
  const found = new Map<string, ImageId>()
  let sample: ImageId | undefined
  for await (const image of images) {
    const captions = image.captions.flatMap(({ id, text }) => {
      sample ??= id
      const order = id === undefined ? undefined : wanted.get(String(id))?.order
      if (id === undefined || order === undefined) return []
      const other = found.get(String(id))
      if (other !== undefined)
        throw new DataError(
          `caption id ${id} is that of several captions (of images ${other} and ${image.image_id}): --ids cannot select ` +
            'by ids that are not unique',
        )
      found.set(String(id), image.image_id)
      return [{ order, id, text }]
    })
    captions.sort((a, b) => a.order - b.order)
    const [first] = captions
    if (first) chosen.push({ order: first.order, image: { ...image, captions } })
  }
  const absent = [...wanted].filter(([id]) => !found.has(id)).map(([, { id }]) => id)
  if (absent.length > 0) missing(absent, sample)
  for (const { image } of chosen.sort((a, b) => a.order - b.order)) yield image
}

/** The error for ids that are in none of the files. */
export function missingIds(
  missing: readonly ImageId[],
  total: number,
  sample: ImageId | undefined,
): DataError {
  const has = sample === undefined ? 'the files have no caption ids' : `the files have ids such as ${sample}`
  return new DataError(
    `${missing.length} of the ${total} caption ids are in none of the files (the first is ${missing[0]}; ${has}). ` +
      "The reference's ids are those of captions_train2014.json and captions_val2014.json: give both, " +
      'or --missing skip to go on without these captions',
  )
}

/**
 * Reads a list of images: names of files or ids, one a line, as Flickr8k's `Flickr_8k.trainImages.txt` has them, a JSON
 * list of them, or an .npy file of ids.
 */
export async function readImageList(file: string): Promise<ImageId[]> {
  if (file.endsWith('.npy')) return await readIds(file)
  const text = (await readWhole(file)).toString('utf8')
  if (!text.trimStart().startsWith('['))
    return text.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
  const list = parseList(text, file)
  const bad = list.findIndex((id) => typeof id !== 'string' && typeof id !== 'number')
  if (bad >= 0) throw new DataError(`${file}: [${bad}]: expected the name or the id of an image`)
  return list as ImageId[] // as was checked
}

function parseList(text: string, file: string): unknown[] {
  try {
    return parseJson(text) as unknown[] // it begins with a bracket
  } catch (error) {
    throw new DataError(`${file}: expected a list of images: ${error instanceof Error ? error.message : ''}`)
  }
}

/**
 * The images of a list, in the order of the files. Ids match by their keys (keyOf).
 *
 * @param missing called with the images of the list that no file has, and with what the files have
 */
export async function* selectImages(
  images: AsyncIterable<AnnotatedImage>,
  list: readonly ImageId[],
  missing: (absent: readonly ImageId[], sample: string) => void,
): AsyncGenerator<AnnotatedImage> {
  const wanted = new Map(list.map((id) => [keyOf(id), id]))
  const samples: AnnotatedImage[] = []
  for await (const image of images) {
    if (samples.length < 3) samples.push(image)
    const { file_name: name } = image.fields
    const keys = [keyOf(image.image_id), ...(typeof name === 'string' ? [keyOf(name)] : [])]
    const key = keys.find((key) => wanted.has(key))
    if (key === undefined) continue
    wanted.delete(key)
    yield image
  }
  if (wanted.size > 0) missing([...wanted.values()], sampleIds(samples))
}
