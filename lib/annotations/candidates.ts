/** Captions to score and their references, from files. */

import * as z from 'zod'
import { DataError, messageOf } from '../errors.js'
import { parseLine, readLines } from '../formats/jsonl.js'
import { misfitOf } from '../formats/misfit.js'
import { imageId } from '../records.js'
import type { AnnotatedImage, Findings } from './image.js'
import { readAnnotations } from './read.js'
import { openText } from '../formats/text.js'

/** An image's caption to be scored, and its references if they are known. `log_prob` marks the output of a decoder. */
export const candidate = z.looseObject({
  image_id: imageId,
  caption: z.string(),
  captions: z.array(z.string()).optional(),
  references: z.array(z.string()).optional(),
})
export type Candidate = z.infer<typeof candidate>

/**
 * Reads generated captions, plain or gzipped: COCO's results format, a JSON array of {"image_id","caption"}, or records,
 * one a line.
 *
 * @throws DataError with the file and the entry that does not fit
 */
export async function* readCandidates(file: string): AsyncGenerator<Candidate> {
  const { start, bytes } = await openText(file)
  if (start.startsWith('{')) {
    for await (const [number, line] of readLines(bytes, file))
      yield parseLine(line, candidate, `${file}:${number}`)
    return
  }
  if (!start.startsWith('['))
    throw new DataError(
      `${file}: expected COCO results, [{"image_id","caption"}], or records, one a line; got ${JSON.stringify(start.slice(0, 40))}`,
    )
  for (const [index, entry] of (await parseArray(bytes, file)).entries()) {
    const result = candidate.safeParse(entry)
    if (!result.success) throw new DataError(`${file}: ${misfitOf(result.error, `[${index}]`)}`)
    yield result.data
  }
}

/** Reads reference captions from any annotation file that `m2 captions` reads, or from its records, one a line. */
export async function* readReferences(file: string, findings: Findings): AsyncGenerator<AnnotatedImage> {
  const { start, bytes } = await openText(file)
  if (!isRecord(start)) {
    for await (const _ of bytes) break // closes the file
    yield* readAnnotations(file, findings)
    return
  }
  for await (const [number, line] of readLines(bytes, file)) {
    const { image_id, captions, references, ...fields } = parseLine(line, record, `${file}:${number}`)
    const texts = references ?? captions
    if (!texts)
      throw new DataError(
        `${file}:${number}: expected "captions" or "references", a list of strings; got neither`,
      )
    yield { image_id, captions: texts.map((text) => ({ text })), fields }
  }
}

const record = candidate.partial({ caption: true })

/** Whether a file begins with a record, an object with a member image_id. */
function isRecord(start: string): boolean {
  const line = start.split('\n', 1)[0] ?? ''
  if (/^\{\s*"image_id"\s*:/.test(line)) return true
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && 'image_id' in value
  } catch {
    return false // not JSON, or longer than the start of the file
  }
}

async function parseArray(bytes: AsyncIterable<Uint8Array>, file: string): Promise<unknown[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
    // JSON that begins with a bracket is an array.
    return JSON.parse(text) as unknown[]
  } catch (error) {
    throw new DataError(`${file}: expected JSON: ${messageOf(error)}`)
  }
}
