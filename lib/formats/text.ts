/** Text files, plain or gzipped, opened and recognised by their first bytes. */

import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { DataError, codeOf, messageOf } from '../errors.js'
import { cannotRead } from '../files/refusal.js'

/** The start of a file, which tells its format, and all of its bytes, the start included. */
export interface OpenedText {
  start: string
  bytes: AsyncIterable<Uint8Array>
}

/**
 * Opens a text file. One that is gzipped is decompressed, whatever its name.
 *
 * @throws DataError for a file that is missing, empty, a web page saved instead of data, or a cut gzip file
 */
export async function openText(file: string): Promise<OpenedText> {
  const raw = await peek(named(createReadStream(file, { highWaterMark: blockSize }), file))
  const gzipped = raw.first[0] === 0x1f && raw.first[1] === 0x8b
  const { first, all } = gzipped ? await peek(named(gunzip(raw.all), file)) : raw
  const start = withoutMark(first)
  const text = Buffer.from(start.subarray(0, 4096)).toString('utf8').trimStart()
  if (first.length === 0) throw new DataError(`${file}: the file is empty`)
  const title = webPageTitle(text)
  if (title !== undefined)
    throw new DataError(
      `${file}: expected data, got a web page: ${JSON.stringify(title)}. Download the file again`,
    )
  return { start: text, bytes: skipMark(all) }
}

const blockSize = 1 << 20

function gunzip(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  // The callback receives the errors of both streams, which reading from the gunzip throws as well.
  return pipeline(chunks, createGunzip({ chunkSize: blockSize }), () => undefined)
}

/** The first chunk, and all chunks with it. */
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
  return { first, all: all() }
}

/** The same chunks; errors name the file. */
async function* named(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
  } catch (error) {
    if (codeOf(error) === 'Z_BUF_ERROR')
      throw new DataError(`${file}: the gzip file ends early; it is a part of a download, or was cut`)
    if (codeOf(error)?.startsWith('Z_'))
      throw new DataError(`${file}: the gzip file is damaged (${messageOf(error)})`)
    throw cannotRead(file, error)
  }
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
