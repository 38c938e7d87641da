/** stdout: every write is checked, and a reader that has had enough is not an error. */
import { fstatSync, writeSync } from 'node:fs'
import { DataError, codeOf, messageOf } from '../errors.js'

/**
 * Writes text to stdout, when the reader has room for it.
 *
 * @returns false once the reader has closed
 * @throws DataError where the text cannot be written, or not all of it
 */
export async function writeStdout(text: string): Promise<boolean> {
  if (closed) return false
  try {
    if (isStream()) await writeStream(text)
    else writeFile(Buffer.from(text))
    return true
  } catch (error) {
    if (codeOf(error) !== 'EPIPE') throw new DataError(`cannot write to stdout: ${messageOf(error)}`)
    closed = true
    return false
  }
}

let closed = false

/** Node writes to pipes and terminals in full or reports an error. */
function isStream(): boolean {
  const kind = fstatSync(1)
  return kind.isFIFO() || kind.isSocket() || process.stdout.isTTY
}

let broken: Error | undefined

function writeStream(text: string): Promise<void> {
  if (process.stdout.listenerCount('error') === 0)
    process.stdout.on('error', (error: Error) => (broken ??= error))
  return new Promise((resolve, reject) => {
    if (broken) reject(broken)
    else process.stdout.write(text, (error) => (error ? reject(error) : resolve()))
  })
}

/** A full disk takes the first part of what is written, and reports the rest only when it is written once more. */
function writeFile(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at)
}
