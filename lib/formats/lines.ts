/** The lines of a stream of bytes. */

import { isUtf8 } from 'node:buffer'
import { DataError } from '../errors.js'
import { beyondLimit, limitOf } from '../files/limits.js'
import { wholeFile } from '../records.js'
import { binaryKind } from './kinds.js'

/**
 * The lines of a stream of bytes with their numbers, from 1, in time linear in its length. Blank lines are skipped.
 *
 * @throws DataError for what is not text, and for a line longer than one may be
 */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array>,
  name = 'stdin',
): AsyncGenerator<[number: number, line: string]> {
  const longest = limitOf('record')
  let number = 0
  let first = true
  let parts: Uint8Array[] = [] // of a line that is not complete
  let carried = 0 // their bytes
  for await (const chunk of bytes) {
    if (first) checkKind(chunk, name)
    first = false
    const end = lastNewline(chunk) + 1
    if (carried + (chunk.indexOf(newline) + 1 || chunk.length) > longest)
      throw tooLong(Buffer.from(parts[0] ?? chunk), `${name}:${number + 1}`)
    if (end > 0) {
      for (const line of linesOf(Buffer.concat([...parts, chunk.subarray(0, end)]), number, name)) {
        number++
        if (line.trim() !== '') yield [number, line]
      }
      parts = []
      carried = 0
    }
    if (end < chunk.length) parts.push(chunk.subarray(end))
    carried += chunk.length - end
  }
  if (carried === 0) return
  for (const line of linesOf(Buffer.concat([...parts, Uint8Array.of(newline)]), number, name))
    if (line.trim() !== '') yield [number + 1, line]
}

const newline = 0x0a
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const lastNewline = (bytes: Uint8Array): number => bytes.lastIndexOf(newline)

/** The lines of bytes that end with a newline. */
function* linesOf(bytes: Buffer, before: number, name: string): Generator<string> {
  let text
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new DataError(`${name}:${before + 1 + badLine(bytes)}: expected UTF-8 text, got other bytes`)
  }
  let start = before === 0 && text.startsWith(byteOrderMark) ? 1 : 0
  for (let end; (end = text.indexOf('\n', start)) >= 0; start = end + 1) yield text.slice(start, end)
}

const byteOrderMark = '\ufeff'

/** The index of the first line that is not UTF-8. */
function badLine(bytes: Buffer): number {
  let line = 0
  for (let start = 0, end; (end = bytes.indexOf(newline, start)) >= 0; start = end + 1, line++)
    if (!isUtf8(bytes.subarray(start, end))) return line
  return line
}

function checkKind(start: Uint8Array, name: string): void {
  const kind = binaryKind(start)
  if (kind !== undefined) throw new DataError(`${name}: expected lines of text, got ${kind}`)
}

function tooLong(start: Buffer, where: string): DataError {
  const { message } = beyondLimit('record', `${where}: a line`)
  const whole = /^\s*\{\s*"(info|images|annotations|licenses|dataset|data)"/.test(
    start.toString('latin1', 0, 200),
  )
  return new DataError(`${message}${whole ? wholeFile : ''}`)
}
