/** Texts out of a jar. */
import yauzl from 'yauzl'
import { text } from 'node:stream/consumers'
import { DataError, messageOf } from '../../errors.js'

/**
 * Texts out of a jar, which is a zip archive: no Java is needed.
 *
 * @param names entries wanted; those that the jar lacks are left out
 * @throws DataError for a file that is not a complete zip archive
 */
export async function readJar(file: string, names: readonly string[]): Promise<Map<string, string>> {
  try {
    return await readEntries(file, names)
  } catch (error) {
    throw new DataError(`${file}: expected a jar, which is a zip archive: ${messageOf(error)}`)
  }
}

async function readEntries(file: string, names: readonly string[]): Promise<Map<string, string>> {
  const zip = await yauzl.openPromise(file)
  const texts = new Map<string, string>()
  try {
    for await (const entry of zip.eachEntry())
      if (names.includes(entry.fileName))
        texts.set(entry.fileName, await text(await zip.openReadStreamPromise(entry)))
  } finally {
    zip.close()
  }
  return texts
}
