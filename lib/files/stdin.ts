/** stdin, which only one reader can have. */

import { fstatSync } from 'node:fs'
import { DataError, UsageError } from '../errors.js'

/**
 * stdin for one reader: the records of a stage, or a file argument that is `-`.
 *
 * @param reader what it is read for, for errors
 * @throws UsageError where something else reads stdin already; DataError where it is a directory
 */
export function takeStdin(reader: string): AsyncIterable<Uint8Array> {
  if (taken !== undefined)
    throw new UsageError(`stdin is read for ${taken} already and cannot be read for ${reader} as well`)
  taken = reader
  if (isDirectory()) throw new DataError('cannot read stdin: expected a file or a pipe, got a directory')
  return process.stdin
}

/** Ends a command's claim to stdin. */
export function releaseStdin(): void {
  taken = undefined
}

let taken: string | undefined

/** Node gives an empty stream for a directory. */
function isDirectory(): boolean {
  try {
    return fstatSync(0).isDirectory()
  } catch {
    return false // closed
  }
}
