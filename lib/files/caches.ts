/** Where this program keeps what it fetched: `m2` in the user's folder of caches. */
import { homedir } from 'node:os'
import { join } from 'node:path'

export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment['XDG_CACHE_HOME'] || join(environment['HOME'] || homedir(), '.cache'), 'm2')
}
