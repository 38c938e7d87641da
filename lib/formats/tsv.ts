/** Tab-separated files with fields of any size. */

import { beyondLimit, limitOf } from '../files/limits.js'

/** One line of a tab-separated file: its number, from 1, and its fields as bytes. */
export interface TsvRow {
  line: number
  fields: Buffer[]
}

/**
 * The rows of a tab-separated file without quoting, as feature extractors write them. Bytes are examined once and copied
 * once, because a file of features has 66 GB, and a CSV parser reads only a few megabytes a second.
 *
 * @throws DataError for a line longer than one may be
 */
export async function* tsvRows(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<TsvRow> {
  const longest = limitOf('record')
  let parts: Buffer[] = []
  let carried = 0 // bytes in parts
  let line = 0
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let start = 0
    for (let end; (end = bytes.indexOf(newline, start)) >= 0; start = end + 1) {
      parts.push(bytes.subarray(start, end))
      const row = toRow(parts, ++line)
      if (row) yield row
      parts = []
      carried = 0
    }
    parts.push(bytes.subarray(start))
    carried += bytes.length - start
    if (carried > longest) throw beyondLimit('record', `${name}:${line + 1}: a line`)
  }
  const row = toRow(parts, line + 1)
  if (row) yield row
}

const newline = 0x0a
const tab = 0x09
const carriageReturn = 0x0d

/** undefined for an empty line */
function toRow(parts: readonly Buffer[], line: number): TsvRow | undefined {
  const [only] = parts
  const joined = only && parts.length === 1 ? only : Buffer.concat(parts)
  const bytes = joined.at(-1) === carriageReturn ? joined.subarray(0, -1) : joined
  if (bytes.length === 0) return undefined
  const fields = []
  let start = 0
  for (let end; (end = bytes.indexOf(tab, start)) >= 0; start = end + 1)
    fields.push(bytes.subarray(start, end))
  fields.push(bytes.subarray(start))
  return { line, fields }
}
