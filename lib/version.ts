/** The version of this package. */

import { createRequire } from 'node:module'

/** The version in package.json. */
export function version(): string {
  const manifest: { version: string } = createRequire(import.meta.url)('m2-captioning/package.json')
  return manifest.version
}
