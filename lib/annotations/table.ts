/** Captions as a table with a header: Kaggle's captions.txt (`image,caption`) and Flickr30k's results.csv. */

import { DataError } from '../errors.js'
import { imageOfFile } from '../records.js'
import { createRepeats, type Findings } from './findings.js'
import type { AnnotatedImage } from './image.js'

const imageColumns = ['image', 'image_name', 'image_id', 'filename', 'file_name', 'img']
const captionColumns = ['caption', 'comment', 'captions', 'sentence', 'text']
const numberColumns = ['comment_number', 'caption_number', 'caption_id', 'id']

/** Whether a file that starts so is such a table. */
export function isTable(start: string): boolean {
  return headerOf(start.split('\n', 1)[0] ?? '') !== undefined
}

interface Header {
  delimiter: string
  image: number
  caption: number
  number: number
  columns: number
}

function headerOf(line: string): Header | undefined {
  const delimiter = [',', '|', '\t', ';'].find((mark) => line.includes(mark))
  if (delimiter === undefined) return undefined
  const names = line.split(delimiter).map((name) =>
    name
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .toLowerCase(),
  )
  const find = (known: readonly string[]) => names.findIndex((name) => known.includes(name))
  const [image, caption, number] = [find(imageColumns), find(captionColumns), find(numberColumns)]
  return image < 0 || caption < 0 ? undefined : { delimiter, image, caption, number, columns: names.length }
}

/**
 * Images of a table whose header names a column of images and one of captions. Fields may be quoted as in CSV. A caption
 * in the last column may hold the delimiter; the line of Flickr30k's results.csv that lacks one is read too.
 *
 * @param lines with their numbers, the header first
 */
export async function* tableImages(
  lines: AsyncIterable<readonly [number: number, line: string]>,
  file: string,
  findings: Findings,
): AsyncGenerator<AnnotatedImage> {
  const images = new Map<string, AnnotatedImage>()
  const isRepeat = createRepeats(findings)
  let header: Header | undefined
  for await (const [number, line] of lines) {
    if (!header) {
      header = headerOf(line)
      if (!header) throw new DataError(`${file}:${number}: expected a header such as image,caption`)
      continue
    }
    const fields = split(line.replace(/\r$/, ''), header)
    const name = fields?.[header.image]?.trim()
    const text = fields?.[header.caption]?.trim()
    if (!name || text === undefined) {
      findings.reject(
        new DataError(
          `${file}:${number}: expected ${header.columns} columns with "${header.delimiter}" between them, got ` +
            JSON.stringify(line.slice(0, 60)),
        ),
      )
      continue
    }
    const serial = header.number < 0 ? undefined : `${name}#${fields?.[header.number]?.trim()}`
    let image = images.get(name)
    if (!image) {
      image = { image_id: imageOfFile(name), captions: [], fields: { file_name: name } }
      images.set(name, image)
    }
    if (!isRepeat(serial, name, text)) image.captions.push({ text })
  }
  yield* images.values()
}

/** The fields of a line; undefined where it has too few. */
function split(line: string, { delimiter, columns, number }: Header): string[] | undefined {
  const fields: string[] = []
  let at = 0
  while (fields.length < columns - 1) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*/.exec(line.slice(at))
    const end = quoted ? at + quoted[0].length : line.indexOf(delimiter, at)
    if (end < 0 || (quoted && line[end] !== delimiter)) {
      // "2199200615.jpg| 4   A dog runs": the number without the delimiter after it.
      const [, serial, rest] = /^\s*(\d+)\s+(.*)$/.exec(line.slice(at)) ?? []
      if (fields.length !== number || serial === undefined || rest === undefined) return undefined
      return [...fields, serial, rest]
    }
    fields.push(quoted ? unquoted(quoted[1] ?? '') : line.slice(at, end))
    at = end + 1
  }
  const rest = line.slice(at)
  const quoted = /^\s*"((?:[^"]|"")*)"\s*$/.exec(rest)
  return [...fields, quoted ? unquoted(quoted[1] ?? '') : rest]
}

const unquoted = (text: string) => text.replaceAll('""', '"')
