import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import yauzl from 'yauzl'
import { DataError, messageOf } from '../errors.js'
import { parseNpy, type NpyArray } from './npy.js'

/**
 * Reads arrays of numbers from an .npz file, a zip of .npy files.
 *
 * @param wanted which names to read; the others may be of any type
 * @throws DataError naming the file
 */
export async function readNpz(
  file: string,
  wanted: (name: string) => boolean,
): Promise<Map<string, NpyArray>> {
  const arrays = new Map<string, NpyArray>()
  try {
    const zip = await yauzl.fromBufferPromise(await readFile(file), { lazyEntries: true })
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName.replace(/\.npy$/, '')
      if (!wanted(name)) continue
      const bytes = await buffer(await zip.openReadStreamPromise(entry))
      arrays.set(name, parseNpy(bytes, `${file}: ${name}`))
    }
  } catch (error) {
    if (error instanceof DataError) throw error
    throw new DataError(`cannot read ${file}: ${messageOf(error)}`, { cause: error })
  }
  return arrays
}
