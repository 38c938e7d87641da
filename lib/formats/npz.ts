import { buffer } from 'node:stream/consumers'
import yauzl from 'yauzl'
import { cannotRead } from '../files/refusal.js'
import { readWhole } from '../files/read.js'
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
    const zip = await yauzl.fromBufferPromise(await readWhole(file), { lazyEntries: true })
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName.replace(/\.npy$/, '')
      if (!wanted(name)) continue
      const bytes = await buffer(await zip.openReadStreamPromise(entry))
      arrays.set(name, parseNpy(bytes, `${file}: ${name}`))
    }
  } catch (error) {
    throw cannotRead(file, error)
  }
  return arrays
}
