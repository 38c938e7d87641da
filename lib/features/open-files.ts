/** A set of feature files that stay open. */

import { DataError } from '../errors.js'
import { locate } from './base.js'
import { openFeatures, type FeatureFile } from './file.js'

/** Feature files, each opened when a record first refers to it. */
export interface FeatureFiles {
  /** @throws DataError for a file that is not HDF5, and where records refer to too many files */
  open(file: string): Promise<FeatureFile>
  /** Closes the files, after all reads have ended. */
  close(): Promise<void>
}

/** @param base folder that relative paths start from; default: the current one */
export function createFeatureFiles(base?: string): FeatureFiles {
  const files = new Map<string, Promise<FeatureFile>>()
  return {
    async open(file) {
      const known = files.get(file)
      if (known) return known
      if (files.size >= mostFiles)
        throw new DataError(`features come from more than ${mostFiles} files; put them in one, with m2 pack`)
      const opened = openFeatures(locate(file, base))
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

/** A process can open about a thousand files; more than this is one file per image, which is not supported. */
const mostFiles = 256
