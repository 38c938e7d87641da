import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { DataError, codeOf, messageOf } from '../errors.js'
import { cannotRead } from '../files/refusal.js'

/** The start of a file, to be recognised, and all of its bytes, from that start on. */
export interface OpenedText {
  start: string
  bytes: AsyncIterable<Uint8Array>
}

/**
 * Opens a text file, gunzipping it if it is gzipped, whatever its name.
 *
 * @throws DataError naming a file that is missing, empty, a web page saved in a data file's stead, or a cut gzip
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
      `${file}: expected data, got a web page: ${JSON.stringify(title)}. Download the file anew`,
    )
  return { start: text, bytes: skipMark(all) }
}

const blockSize = 1 << 20

function gunzip(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  // The callback takes an error of either side, which is also what reading from the gunzip throws.
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

/** Turns the stream's errors into ones that name the file. */
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

/** A byte order mark says nothing in UTF-8; some editors write one. */
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
 * What the start of a file shows when a web page was saved in a data file's stead, as happens when a download asks for
 * a login or has run out of quota: the page's title. undefined for anything but a page.
 */
export function webPageTitle(start: string): string | undefined {
  const text = start.trimStart()
  if (!/^<(!doctype|html|\?xml)/i.test(text)) return undefined
  return /<title>\s*([^<]{1,80})/i.exec(text)?.[1]?.trim() ?? text.slice(0, 60).trim()
}
