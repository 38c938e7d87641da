/** Real data outside the repository, for the tests that need it. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * Real data and golden numbers live outside the repository: in the folder `M2_SHARED` names, else in `../shared`.
 *
 * @returns the path of one of them; undefined where it is not there, and then a test skips, saying so
 */
export function shared(...path: string[]): string | undefined {
  const folders = process.env['M2_SHARED'] ? [process.env['M2_SHARED']] : ['../shared']
  return folders.map((folder) => resolve(join(folder, ...path))).find((file) => existsSync(file))
}

/** What a test that found no shared data says. */
export const noShared = 'no ../shared and no M2_SHARED: real data and goldens are not here'
