/** Bounds on what one piece of input may take, so that a few bytes cannot fill the memory or take hours. */

import { DataError, UsageError } from '../errors.js'

/** Each bound with the variable that raises it. */
const limits = {
  /** Bytes of one line, one record, or one element of a JSON document. */
  record: { variable: 'M2_MAX_RECORD', default: 64 * 2 ** 20, unit: 'bytes' },
  /** Bytes of one member of an archive, or of a file that is read as a whole. */
  member: { variable: 'M2_MAX_MEMBER', default: 2 ** 30, unit: 'bytes' },
  /** How many times its compressed size a file may unpack to. */
  ratio: { variable: 'M2_MAX_RATIO', default: 200, unit: 'times its size' },
  /** Characters of one caption that is split into words. */
  caption: { variable: 'M2_MAX_CAPTION', default: 20_000, unit: 'characters' },
} as const

export type Limit = keyof typeof limits

/** The variables that raise bounds. */
export const limitVariables: readonly string[] = Object.values(limits).map(({ variable }) => variable)

/** A bound: its default, or the value of its variable, a number such as 5000, 64K, 100M or 2G. */
export function limitOf(name: Limit): number {
  const { variable, default: usual } = limits[name]
  const text = process.env[variable]
  if (text === undefined || text === '') return usual
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([KMG]?)$/i.exec(text.trim()) ?? []
  const value = Number(digits) * { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[unit.toLowerCase()]!
  if (value > 0 && value <= Number.MAX_SAFE_INTEGER) return value
  throw new UsageError(
    `${variable}: expected a number such as 5000, 64K, 100M or 2G, got ${JSON.stringify(text)}`,
  )
}

/** The error for something larger than its bound: `x.jsonl:3: a line of more than 67108864 bytes is refused`. */
export function beyondLimit(name: Limit, what: string): DataError {
  const { variable, unit } = limits[name]
  return new DataError(
    `${what} of more than ${limitOf(name)} ${unit} is refused. ${variable} raises this bound`,
  )
}
