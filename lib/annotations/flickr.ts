/** Flickr8k and Flickr30k token files. */

import { DataError } from '../errors.js'
import { imageOfFile } from '../records.js'
import { createRepeats, type Findings } from './findings.js'
import type { AnnotatedImage } from './image.js'

/**
 * Images of a Flickr8k or Flickr30k token file, with lines `1000268201_693b08cb0e.jpg#0<TAB>A child ...`. An image's id is
 * that of its file name (imageOfFile).
 *
 * @param lines with their numbers
 */
export async function* flickrImages(
  lines: AsyncIterable<readonly [number: number, line: string]>,
  file: string,
  findings: Findings,
): AsyncGenerator<AnnotatedImage> {
  const images = new Map<string, AnnotatedImage>()
  const isRepeat = createRepeats(findings)
  for await (const [number, line] of lines) {
    const [, name, serial, text] = /^([^\t]+)#(\d+)\t(.*?)\r?$/.exec(line) ?? []
    if (name === undefined || text === undefined) {
      findings.reject(
        new DataError(
          `${file}:${number}: expected name.jpg#0<TAB>caption, got ${JSON.stringify(line.slice(0, 60))}`,
        ),
      )
      continue
    }
    if (isRepeat(`${name}#${serial}`, name, text)) continue
    const image = images.get(name)
    if (image) image.captions.push({ text })
    else
      images.set(name, {
        image_id: imageOfFile(name),
        captions: [{ text }],
        fields: { file_name: name },
      })
  }
  yield* images.values()
}
