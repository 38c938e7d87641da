import { readFileSync } from 'node:fs'

/** A figure of memory that Linux keeps of a process, in MB; undefined elsewhere, and of a process that has ended. */
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
