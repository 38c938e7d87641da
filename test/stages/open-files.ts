/** What this process holds open, so that every case of these tests shows whether a stage closes what it opened. */
import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** Files and directories that are open, by descriptor; none where the system has no /proc to look them up in. */
export function openFiles(): Map<string, string> {
  const open = new Map<string, string>()
  for (const descriptor of process.platform === 'linux' ? readdirSync('/proc/self/fd') : []) {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`)
      const found = statSync(`/proc/self/fd/${descriptor}`)
      if ((found.isFile() || found.isDirectory()) && !path.startsWith('/proc/'))
        open.set(`${descriptor} ${path}`, path)
    } catch {} // the descriptor of the listing itself
  }
  return open
}

/** Does some work, and then makes sure that no file is open that was not before, whether it succeeds or fails. */
export async function closesAll<T>(work: () => Promise<T>): Promise<T> {
  const before = openFiles()
  const [result] = await Promise.allSettled([work()])
  const left = await leftOpen(before)
  const why = result.status === 'rejected' ? ` after "${String(result.reason)}"` : ''
  if (left.length > 0) throw new Error(`left open${why}: ${left.join(', ')}`)
  if (result.status === 'rejected') throw result.reason
  return result.value
}

/** Streams close their files a moment after their end. */
async function leftOpen(before: ReadonlyMap<string, string>): Promise<string[]> {
  let left: string[] = []
  for (let tries = 0; tries < 50; tries++) {
    left = [...openFiles()].filter(([key]) => !before.has(key)).map(([, path]) => path)
    if (left.length === 0) break
    await setTimeout(10)
  }
  return left
}
