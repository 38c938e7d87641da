/** What the operating system answers when it cannot read or write a file, as a message. */

import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DataError, codeOf, messageOf } from '../errors.js'

/**
 * Why a file could not be read: names the file and keeps the system's code. A DataError is returned unchanged, since it
 * has a message of its own.
 */
export function cannotRead(file: string, error: unknown): DataError {
  return fileError(`cannot read ${file}`, error, {
    ENOENT: 'there is no such file',
    EISDIR: 'expected a file, got a directory',
    ENOTDIR: 'a file is where a directory is expected',
    EACCES: 'this user may not read it',
    EMFILE: 'too many files are open',
  })
}

/** Why a file or directory could not be written. */
export function cannotWrite(file: string, error: unknown): DataError {
  return fileError(`cannot write ${file}`, error, {
    ENOENT: existsSync(dirname(file))
      ? `files cannot be made in ${dirname(file)}`
      : `there is no directory ${dirname(file)} to hold it`,
    ENOTDIR: `${dirname(file)} is not a directory`,
    EISDIR: 'there is a directory of this name',
    EEXIST: 'there is a file of this name',
    EACCES: 'this user may not write there',
    EROFS: 'the disk is read-only',
    ENOSPC: 'no space left on the disk',
  })
}

/** Whether an error comes from the operating system, rather than from a library or our own code. */
export const isRefusal = (error: unknown) => /^E[A-Z0-9]+$/.test(codeOf(error) ?? '')

function fileError(what: string, error: unknown, reasons: Readonly<Record<string, string>>): DataError {
  if (error instanceof DataError) return error
  const code = codeOf(error)
  const reason = code === undefined ? undefined : reasons[code]
  const why = reason === undefined ? messageOf(error) : `${code}, ${reason}`
  return Object.assign(new DataError(`${what}: ${why}`, { cause: error }), code !== undefined && { code })
}
