/** Flickr8k and Flickr30k token files. */

import { DataError } from '../errors.js'
import type { AnnotatedImage, Findings } from './image.js'

/**
 * Images of a Flickr8k or Flickr30k token file, with lines `1000268201_693b08cb0e.jpg#0<TAB>A child ...`. An image's id is
 * its file name without `.jpg`.
 *
 * @param lines with their numbers
 */
export async function* flickrImages(
  lines: AsyncIterable<readonly [number: number, line: string]>,
  file: string,
  { duplicate, reject }: Findings,
): AsyncGenerator<AnnotatedImage> {
  const images = new Map<string, AnnotatedImage>()
  const seen = new Set<string>()
  for await (const [number, line] of lines) {
    const [, name, serial, text] = /^([^\t]+)#(\d+)\t(.*?)\r?$/.exec(line) ?? []
    if (name === undefined || text === undefined) {
      reject(
        new DataError(
          `${file}:${number}: expected name.jpg#0<TAB>caption, got ${JSON.stringify(line.slice(0, 60))}`,
        ),
      )
      continue
    }
    if (seen.has(`${name}#${serial}`)) {
      duplicate()
      continue
    }
    seen.add(`${name}#${serial}`)
    const image = images.get(name)
    if (image) image.captions.push({ text })
    else
      images.set(name, {
        image_id: name.replace(/\.jpe?g$/i, ''),
        captions: [{ text }],
        fields: { file_name: name },
      })
  }
  yield* images.values()
}
