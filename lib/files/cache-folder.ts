/** The folder for what can be made or fetched again. */

import { homedir } from 'node:os'
import { join } from 'node:path'

/** `m2` in the user's folder of caches. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment['XDG_CACHE_HOME'] || join(environment['HOME'] || homedir(), '.cache'), 'm2')
}
