/** Errors that are not bugs, and what can be told of any error. */

/** Input that cannot be used: exit code 1. The message says what was expected, what was found, where, and what to do. */
export class DataError extends Error {
  override name = 'DataError'
}

/** A command line that cannot be understood: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The system's error code (`ENOENT`, `ENOSPC`, ...) of anything thrown, if it has one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
