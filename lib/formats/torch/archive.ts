/** PyTorch files since 1.6: zip archives. */

import type { FileHandle } from 'node:fs/promises'
import { DataError, messageOf } from '../../errors.js'
import { readFully } from '../../files/read.js'
import { openZip } from '../zip.js'
import { readPickle } from '../pickle/pickle.js'
import { storageOf, torchConstructors, type Places } from './tensors.js'

/** Reads a zip archive: a pickle (NAME/data.pkl) and a file for each storage (NAME/data/KEY). */
export async function readArchive(
  handle: FileHandle,
  file: string,
): Promise<{ value: unknown; places: Places }> {
  const entries = await placesOf(handle, file)
  const pickle = [...entries.keys()].find((name) => name.endsWith('/data.pkl'))
  const prefix = pickle?.slice(0, -'data.pkl'.length)
  if (pickle === undefined || prefix === undefined)
    throw new DataError(`${file}: a zip archive without data.pkl; expected a PyTorch checkpoint`)
  const order = await textOf(handle, entries.get(`${prefix}byteorder`))
  if (order !== undefined && order !== 'little')
    throw new DataError(`${file}: expected little-endian tensors, found ${order}-endian ones`)

  const where = `${file} (data.pkl)`
  const { value } = readPickle(await bytesOf(handle, entries.get(pickle), where), {
    where,
    constructors: torchConstructors,
    persistent: (id) => storageOf(id, where),
  })
  const data = `${prefix}data/`
  const places = [...entries].filter(([name]) => name.startsWith(data))
  return { value, places: new Map(places.map(([name, place]) => [name.slice(data.length), place])) }
}

interface Place {
  start: number
  size: number
}

/** More than any pickle of a model needs: the tensors are not in it. */
const largestPickle = 256 * 1024 * 1024

/**
 * The places of the archive's files. PyTorch does not compress them, so compressed files, and files that claim more than
 * the archive's size, are refused: there can be no bombs.
 */
async function placesOf(handle: FileHandle, file: string): Promise<Map<string, Place>> {
  const { size: fileSize } = await handle.stat()
  const places = new Map<string, Place>()
  let total = 0
  try {
    const zip = await openZip((buffer, position) => readFully(handle, buffer, position), fileSize)
    for await (const entry of zip.eachEntry()) {
      const { fileName: name, uncompressedSize: size, compressedSize, compressionMethod } = entry
      total += size
      if (compressionMethod !== 0 || compressedSize !== size || entry.isEncrypted())
        throw new DataError(
          `${name} is compressed (${compressedSize} bytes to ${size}); PyTorch writes no such archives: save it again with torch.save`,
        )
      if (total > fileSize)
        throw new DataError(`its files unpack to more than the archive of ${fileSize} bytes holds; refused`)
      const { fileDataStart: start } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
      if (start + size > fileSize) throw new DataError(`${name} is truncated`)
      places.set(name, { start, size })
    }
  } catch (error) {
    throw new DataError(
      `${file}: expected a whole PyTorch archive (is the file truncated?): ${messageOf(error)}`,
    )
  }
  return places
}

async function bytesOf(handle: FileHandle, place: Place | undefined, where: string): Promise<Uint8Array> {
  if (!place || place.size > largestPickle)
    throw new DataError(
      `${where}: expected a pickle of at most ${largestPickle} bytes, found ${place?.size ?? 'none'}`,
    )
  const bytes = new Uint8Array(place.size)
  await readFully(handle, bytes, place.start)
  return bytes
}

async function textOf(handle: FileHandle, place: Place | undefined): Promise<string | undefined> {
  return place && new TextDecoder().decode(await bytesOf(handle, place, 'byteorder'))
}
