/** Captions to score, from files. */

import * as z from 'zod'
import { DataError } from '../errors.js'
import { jsonElements } from '../formats/json-elements.js'
import { parseLine } from '../formats/jsonl.js'
import { readLines } from '../formats/lines.js'
import { misfitOf } from '../formats/misfit.js'
import { withText, type OpenedText } from '../formats/text.js'
import { imageId } from '../records.js'
import { isDictionary, readDictionary } from './dictionary.js'
import { isRecord } from './read.js'

/** An image's caption to be scored, and its references if they are known. `log_prob` marks the output of a decoder. */
export const candidate = z.looseObject({
  image_id: imageId,
  caption: z.string(),
  captions: z.array(z.string()).optional(),
  references: z.array(z.string()).optional(),
})
export type Candidate = z.infer<typeof candidate>

/**
 * Reads generated captions, plain or gzipped: COCO's results format, a JSON array of {"image_id","caption"}; captions by
 * image, {"42": ["a man"]}, as pycocoevalcap takes them; or records, one a line.
 *
 * @throws DataError with the file and the entry that does not fit
 */
export const readCandidates = (file: string): AsyncGenerator<Candidate> =>
  withText(file, (opened) => candidatesOf(opened, file))

async function* candidatesOf({ start, bytes }: OpenedText, file: string): AsyncGenerator<Candidate> {
  if (isRecord(start)) {
    for await (const [number, line] of readLines(bytes, file))
      yield parseLine(line, candidate, `${file}:${number}`)
  } else if (isDictionary(start)) {
    for await (const { image_id, captions } of readDictionary(bytes, file)) {
      const [caption] = captions
      if (caption === undefined || captions.length > 1)
        throw new DataError(
          `${file}: image ${image_id}: expected one caption to be scored, got ${captions.length}; a file of references goes to --references`,
        )
      yield { image_id, caption }
    }
  } else if (start.startsWith('[')) {
    for await (const elements of jsonElements(bytes, file))
      for (const { index, value } of elements) yield checkResult(value, `${file}: [${index}]`)
  } else throw new DataError(`${file}: expected ${expected}; got ${whatItIs(start)}`)
}

const expected =
  'COCO results, [{"image_id","caption"}], captions by image, {"42": ["a man"]}, or records, one a line'

function checkResult(value: unknown, where: string): Candidate {
  const result = candidate.safeParse(value)
  if (result.success) return result.data
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : undefined
  const got = names
    ? `; got {${names
        .slice(0, 8)
        .map((name) => JSON.stringify(name))
        .join(', ')}}`
    : ''
  throw new DataError(`${where}: ${misfitOf(result.error)}: expected {"image_id","caption"}${got}`)
}

function whatItIs(start: string): string {
  const key = /^\{\s*"((?:[^"\\]|\\.)*)"/.exec(start)?.[1]
  if (/"(images|annotations)"\s*:/.test(start)) return 'an annotation file, which goes to --references'
  if (key === undefined) return `a file that starts with ${JSON.stringify(start.slice(0, 40))}`
  return `an object with ${JSON.stringify(key)}: the list in it is what is wanted (jq '.[${JSON.stringify(key)}]')`
}
