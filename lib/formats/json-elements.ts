/** A streaming reader for large JSON documents: the elements of their top-level arrays, one at a time. */

import { isUtf8 } from 'node:buffer'
import { DataError, messageOf } from '../errors.js'

/** One element of an array that is a member of the document's object: `annotations[12]`. */
export interface JsonElement {
  member: string
  index: number
  value: unknown
}

/**
 * The elements of the top-level arrays of a JSON object, in batches of one chunk. Each element is parsed when its last
 * byte has been read, so that an annotation file of any size takes little memory. Other members are checked and skipped.
 *
 * @param name of the file, for errors
 * @throws DataError with the place where the text is not a JSON object, is not UTF-8, or ends early
 */
export async function* jsonElements(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<readonly JsonElement[]> {
  let bytes = Buffer.alloc(0)
  let at = 0 // the next byte to be examined
  let start = 0 // the first byte of the current key, value or element
  let passed = 0 // bytes of the file before `bytes`
  let depth = 0
  let inString = false
  let inArray = false // an array that is a member of the document
  let ended = false
  let part: 'key' | 'value' | 'closed array' = 'key' // the part of a member that is being read
  let member = ''
  let index = 0

  const where = () => (inArray ? `${member}[${index}]` : member === '' ? 'the start' : member)
  const fail = (problem: string) =>
    new DataError(`${name}: ${problem} at ${where()}, byte ${passed + Math.min(at, bytes.length)}`)
  const parse = (end: number): unknown => {
    const text = bytes.subarray(start, end)
    if (!isUtf8(text)) throw fail('expected UTF-8 text, got other bytes')
    try {
      return JSON.parse(text.toString('utf8'))
    } catch (error) {
      throw fail(`expected JSON (${messageOf(error)})`)
    }
  }
  const blank = (end: number) => bytes.subarray(start, end).every(isBlank)
  const endMember = () => {
    if (part === 'value') parse(at)
    else if (part === 'key' || !blank(at)) throw fail('expected a name and a value')
    part = 'key'
  }

  for await (const chunk of chunks) {
    bytes = start === bytes.length ? Buffer.from(chunk) : Buffer.concat([bytes.subarray(start), chunk])
    passed += start
    at -= start
    start = 0
    const found: JsonElement[] = []
    for (; at < bytes.length; at++) {
      const byte = bytes[at]
      if (inString) {
        if (byte === backslash) at++
        else if (byte === quote) inString = false
        continue
      }
      if (depth === 0) {
        if (byte === braceOpen && !ended) {
          depth = 1
          start = at + 1
        } else if (byte !== undefined && !isBlank(byte))
          throw fail(ended ? 'expected the end of the file after the JSON object' : 'expected a JSON object')
        continue
      }
      const elements = inArray && depth === 2
      if (byte === quote) inString = true
      else if (byte === braceOpen || byte === bracketOpen) {
        depth++
        if (depth === 2 && byte === bracketOpen && part === 'value' && blank(at)) {
          inArray = true
          index = 0
          start = at + 1
        }
      } else if (byte === colon && depth === 1) {
        const key = part === 'key' ? parse(at) : undefined
        if (typeof key !== 'string') throw fail('expected the name of a member before ":"')
        member = key
        part = 'value'
        start = at + 1
      } else if (byte === comma && elements) {
        found.push({ member, index: index++, value: parse(at) })
        start = at + 1
      } else if (byte === comma && depth === 1) {
        endMember()
        start = at + 1
      } else if (byte === braceClose || byte === bracketClose) {
        if ((elements || depth === 1) && byte !== (elements ? bracketClose : braceClose))
          throw fail(`expected "${elements ? ']' : '}'}"`)
        if (elements) {
          if (index > 0 || !blank(at)) found.push({ member, index, value: parse(at) })
          inArray = false
          part = 'closed array'
          start = at + 1
        } else if (depth === 1) {
          if (part !== 'key' || !blank(at)) endMember()
          ended = true
          start = at + 1
        }
        depth--
      }
    }
    if (found.length > 0) yield found
  }
  if (ended) return
  if (passed + bytes.length === 0) throw new DataError(`${name}: the file is empty`)
  throw fail('the file ends early; it is a part of a download, or was cut:')
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const bracketOpen = 0x5b
const backslash = 0x5c
const bracketClose = 0x5d
const braceOpen = 0x7b
const braceClose = 0x7d
