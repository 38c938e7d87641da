/** How much memory a process holds, as Linux knows it. */
import { readFileSync } from 'node:fs'

/** A memory figure of a process from /proc, in MB; undefined where there is no /proc, or the process has ended. */
export function megabytesOf(
  process: number | 'self' | undefined,
  file: string,
  field: string,
): number | undefined {
  try {
    const text = readFileSync(`/proc/${process}/${file}`, 'utf8')
    const kilobytes = new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(text)?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
  } catch {
    return undefined
  }
}
