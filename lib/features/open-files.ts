import { DataError } from '../errors.js'
import { openFeatures, type FeatureFile } from './file.js'

/** Feature files that stay open, each opened when a record first refers to it. */
export interface FeatureFiles {
  /** @throws DataError for what is no HDF5 file, and where records refer to too many */
  open(file: string): Promise<FeatureFile>
  /** Closes them; no read may be under way. */
  close(): Promise<void>
}

export function createFeatureFiles(): FeatureFiles {
  const files = new Map<string, Promise<FeatureFile>>()
  return {
    async open(file) {
      const known = files.get(file)
      if (known) return known
      if (files.size >= mostFiles)
        throw new DataError(`features come from more than ${mostFiles} files; put them in one, with m2 pack`)
      const opened = openFeatures(file)
      files.set(file, opened)
      return opened
    },
    async close() {
      const opened = await Promise.allSettled(files.values())
      files.clear()
      for (const result of opened) if (result.status === 'fulfilled') result.value.close()
    },
  }
}

/** A process may have some thousand files open; more than this many is a file an image, which is not meant. */
const mostFiles = 256
