/** Decompression of gzip, with a bound on how much a few bytes may become. */

import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { DataError, codeOf, messageOf } from '../errors.js'
import { beyondLimit, limitOf } from './limits.js'
import { cannotRead } from './refusal.js'

/** Whether bytes begin as a gzip file does. */
export const isGzip = (start: Uint8Array): boolean => start[0] === 0x1f && start[1] === 0x8b

/**
 * The decompressed bytes of a gzip file.
 *
 * @param name of the file, for errors
 * @throws DataError for a file that is cut or damaged, or unpacks to far more than data does
 */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  let packed = 0
  let unpacked = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      packed += chunk.length
      yield chunk
    }
  }
  try {
    // The callback receives the errors of both streams, which reading from the gunzip throws as well.
    for await (const chunk of pipeline(counted(), createGunzip({ chunkSize: 1 << 20 }), () => undefined)) {
      const bytes = chunk as Uint8Array // no encoding is set
      unpacked += bytes.length
      checkRatio({ packed, unpacked }, name)
      yield bytes
    }
  } catch (error) {
    if (codeOf(error) === 'Z_BUF_ERROR')
      throw new DataError(`${name}: the gzip file ends early; it is a part of a download, or was cut`)
    if (codeOf(error)?.startsWith('Z_'))
      throw new DataError(`${name}: the gzip file is damaged (${messageOf(error)})`)
    throw cannotRead(name, error)
  }
}

/** Throws DataError where a compressed file has become far larger than data does. */
export function checkRatio({ packed, unpacked }: { packed: number; unpacked: number }, name: string): void {
  if (unpacked > harmless && unpacked > limitOf('ratio') * packed)
    throw beyondLimit('ratio', `${name}: a gzip file that unpacks to a size`)
}

/** However small the file, this much does no harm. */
const harmless = 64 * 2 ** 20
