/** Text files, plain or gzipped, opened and recognised by their first bytes. */

import { DataError } from '../errors.js'
import { gunzip, isGzip } from '../files/gunzip.js'
import { readInput } from '../files/input.js'
import { binaryKind } from './kinds.js'

/** The start of a file, which tells its format, and all of its bytes, the start included. */
export interface OpenedText {
  start: string
  bytes: AsyncIterable<Uint8Array>
  /** Closes the file; only needed where `bytes` are not read. */
  close(): Promise<void>
}

/** Opens a text file for `use`, and closes it in the end, even if `use` reads nothing of it. */
export async function* withText<T>(
  file: string,
  use: (opened: OpenedText) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const opened = await openText(file)
  try {
    yield* use(opened)
  } finally {
    await opened.close()
  }
}

/**
 * Opens a text file. One that is gzipped is decompressed, whatever its name.
 *
 * @throws DataError for a file that is missing, empty, binary, a web page saved instead of data, or a cut gzip file
 */
export async function openText(file: string): Promise<OpenedText> {
  const raw = await peek(readInput(file))
  const { first, all, close } = isGzip(raw.first) ? await peek(gunzip(raw.all, file)) : raw
  try {
    const start = textOf(first, file)
    return { start, bytes: skipMark(all), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The first characters, where they are those of text. */
function textOf(first: Uint8Array, file: string): string {
  if (first.length === 0) throw new DataError(`${file}: the file is empty`)
  const kind = binaryKind(first)
  if (kind !== undefined) throw new DataError(`${file}: expected text, got ${kind}`)
  const start = withoutMark(first)
  const text = Buffer.from(start.subarray(0, 4096)).toString('utf8').trimStart()
  const title = webPageTitle(text)
  if (title !== undefined)
    throw new DataError(
      `${file}: expected data, got a web page: ${JSON.stringify(title)}. Download the file again`,
    )
  return text
}

/** The bytes of a text file, decompressed if it is gzipped. Throws as openText does. */
export async function* readText(file: string): AsyncGenerator<Uint8Array> {
  yield* (await openText(file)).bytes
}

/** The first chunk of a stream, which may be empty, and all chunks with it. */
async function peek(chunks: AsyncIterable<Uint8Array>) {
  const iterator = chunks[Symbol.asyncIterator]()
  const next = await iterator.next()
  const first = next.done ? new Uint8Array(0) : next.value
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      if (next.done) return
      yield first
      yield* { [Symbol.asyncIterator]: () => iterator }
    } finally {
      await iterator.return?.()
    }
  }
  return { first, all: all(), close: async () => void (await iterator.return?.()) }
}

/** Bytes without the byte order mark that some editors put in front of UTF-8. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

async function* skipMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first = true
  for await (const chunk of chunks) {
    yield first ? withoutMark(chunk) : chunk
    first = false
  }
}

/**
 * The title of the web page that a file begins with, or undefined. Downloads save a page instead of the data when they
 * need a login or have run out of quota.
 */
export function webPageTitle(start: string): string | undefined {
  const text = start.trimStart()
  if (!/^<(!doctype|html|\?xml)/i.test(text)) return undefined
  return /<title>\s*([^<]{1,80})/i.exec(text)?.[1]?.trim() ?? text.slice(0, 60).trim()
}
