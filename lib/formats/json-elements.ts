/** A streaming reader for large JSON documents: the elements of their arrays, one at a time. */

import { isUtf8 } from 'node:buffer'
import { DataError, messageOf } from '../errors.js'
import { beyondLimit, limitOf } from '../files/limits.js'
import { deepest, parseJson, tooDeep } from './json.js'

/** One element of an array: `annotations[12]`; `member` is '' where the document itself is the array. */
export interface JsonElement {
  member: string
  index: number
  value: unknown
}

/**
 * The elements of a JSON document, in batches of one chunk: those of an array, or those of the arrays that are members
 * of an object. Each element is parsed when its last byte has been read, so that an annotation file of any size takes
 * little memory; other members are checked and skipped. Takes time linear in the size of the document.
 *
 * @param name of the file, for errors
 * @param whole every member of an object is one element, whatever its value
 * @throws DataError with the place where the text is not a JSON object or array, is not UTF-8, ends early, or has an
 *   element larger than one may be
 */
export async function* jsonElements(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  { whole = false } = {},
): AsyncGenerator<readonly JsonElement[]> {
  const largest = limitOf('record')
  let bytes: Uint8Array = new Uint8Array(0)
  let at = 0 // the next byte of the chunk to be examined
  let passed = 0 // bytes of the file before the chunk
  let start = 0 // the first byte of the current key, value or element in the chunk
  let parts: Uint8Array[] = [] // its bytes in earlier chunks
  let carried = 0 // their number
  let filled = false // whether it has anything but blanks
  let depth = 0
  let inString = false
  let inArray = false // an array whose elements are read
  let root: 'object' | 'array' | undefined
  let ended = false
  let afterComma = false // a member must follow
  let part: 'key' | 'value' | 'closed array' = 'key' // the part of a member that is being read
  let member = ''
  let index = 0
  let found: JsonElement[] = []

  const where = () => (inArray ? `${member}[${index}]` : member === '' ? 'the start' : member)
  const fail = (problem: string) =>
    new DataError(`${name}: ${problem} at ${where()}, byte ${passed + Math.min(at, bytes.length)}`)
  const begin = (from: number) => {
    start = from
    parts = []
    carried = 0
    filled = false
  }
  const parse = (): unknown => {
    const text = Buffer.concat([...parts, bytes.subarray(start, at)])
    if (text.length > largest) throw beyondLimit('record', `${name}: ${where()}: a value`)
    if (!isUtf8(text)) throw fail('expected UTF-8 text, got other bytes')
    try {
      return parseJson(text.toString('utf8'))
    } catch (error) {
      throw fail(`expected JSON (${messageOf(error)})`)
    }
  }
  const endMember = () => {
    if (part === 'value') {
      const value = parse()
      if (whole) found.push({ member, index: 0, value })
    } else if (part === 'key' || filled) throw fail('expected a name and a value')
    part = 'key'
  }
  const endElement = () => {
    found.push({ member, index, value: parse() })
    index++
  }

  function open(byte: number): void {
    if (++depth > deepest) throw fail(tooDeep)
    filled ||= depth > 1
    if (depth === 1) {
      if (ended) throw fail('expected the end of the file after the JSON document')
      root = byte === braceOpen ? 'object' : 'array'
      inArray = root === 'array'
      begin(at + 1)
    }
  }

  function close(byte: number): void {
    if (inArray && depth === elementDepth()) {
      if (byte !== bracketClose) throw fail('expected "]"')
      if (index > 0 || filled) endElement()
      inArray = false
      part = 'closed array'
      begin(at + 1)
    } else if (depth === 1) {
      if (byte !== braceClose) throw fail('expected "}"')
      if (part !== 'key' || filled || afterComma) endMember()
      begin(at + 1)
    }
    if (--depth === 0) ended = true
  }

  const elementDepth = () => (root === 'array' ? 1 : 2)

  /** A byte that is outside strings and not blank. */
  function read(byte: number): void {
    if (depth === 0 && byte !== braceOpen && byte !== bracketOpen)
      throw fail(
        ended ? 'expected the end of the file after the JSON document' : 'expected a JSON object or array',
      )
    const fresh = !filled
    if (byte === braceOpen || byte === bracketOpen) {
      open(byte)
      const member = root === 'object' && depth === 2 && part === 'value' && fresh && !whole
      if (member && byte === bracketOpen) {
        inArray = true
        index = 0
        begin(at + 1)
      }
    } else if (byte === braceClose || byte === bracketClose) close(byte)
    else if (byte === comma && inArray && depth === elementDepth()) {
      endElement()
      begin(at + 1)
    } else if (byte === comma && depth === 1) {
      endMember()
      afterComma = true
      begin(at + 1)
    } else if (byte === colon && depth === 1 && root === 'object') {
      const key = part === 'key' ? parse() : undefined
      if (typeof key !== 'string') throw fail('expected the name of a member before ":"')
      member = key
      part = 'value'
      afterComma = false
      begin(at + 1)
    } else {
      if (byte === quote) inString = true
      filled = true
    }
  }

  for await (const chunk of chunks) {
    at -= bytes.length
    passed += bytes.length
    bytes = chunk
    start = 0
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (inString) {
        if (byte === backslash) at++
        else if (byte === quote) inString = false
      } else if (!isBlank(byte)) read(byte)
    }
    if (found.length > 0) yield found
    found = []
    if (start < bytes.length) parts.push(bytes.subarray(start))
    carried += bytes.length - start
    if (carried > largest) throw beyondLimit('record', `${name}: ${where()}: a value`)
  }
  if (ended) return
  if (passed + bytes.length === 0) throw new DataError(`${name}: the file is empty`)
  throw fail('the file ends early; it is a part of a download, or was cut:')
}

/** Whether a byte is white space between the parts of JSON. */
export function isBlank(byte: number): boolean {
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
