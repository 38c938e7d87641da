/** The HDF5 superblock: where a file begins, and whether all of it is there. */

import { fstatSync, readSync } from 'node:fs'
import { DataError } from '../../errors.js'
import { blockReader } from './blocks.js'
import { describeStart } from '../kinds.js'
import { webPageTitle } from '../text.js'

/** What the superblock says. */
export interface Superblock {
  /** The offset of address 0 in the file. */
  base: number
  /** The address of the root group's object header; undefined where addresses do not have eight bytes. */
  root: number | undefined
}

/**
 * Reads a superblock of version 0 to 3, and compares the size of the file with the end that it gives.
 *
 * Source: "HDF5 File Format Specification", version 3.0, section II.A.
 *
 * @throws DataError for a file that is empty, cut short, a web page or of another kind, as failed downloads are
 */
export function readSuperblock(fd: number, file: string): Superblock {
  const { size } = fstatSync(fd)
  const start = findSignature(fd, size)
  if (start === undefined) throw notHdf5(fd, file, size)
  const block = blockReader(fd, file)(start, 128)
  const version = block.u8(8)
  if (version > 3)
    throw new DataError(`${file}: expected an HDF5 superblock of version 0 to 3, got ${version}`)
  const old = version < 2
  if (block.u8(old ? 13 : 9) !== 8 || block.u8(old ? 14 : 10) !== 8) return { base: start, root: undefined }
  const fields = old ? (version === 1 ? 28 : 24) : 12 // base address, another, end of file
  const base = block.u64(fields)
  const end = block.u64(fields + 16) // counted from the start of the file, not from the base
  if (size < end)
    throw new DataError(
      `${file}: the file is cut: ${size} of its ${end} bytes are there. Download or copy it again`,
    )
  return { base, root: block.address(old ? fields + 40 : fields + 24) }
}

const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1')

/** The signature is at 0, or after a user block of 512 bytes, 1024, 2048 and so on. */
function findSignature(fd: number, size: number): number | undefined {
  const bytes = Buffer.alloc(signature.length)
  for (let at = 0; at < size; at = at === 0 ? 512 : 2 * at)
    if (readSync(fd, bytes, 0, bytes.length, at) === bytes.length && bytes.equals(signature)) return at
  return undefined
}

function notHdf5(fd: number, file: string, size: number): DataError {
  if (size === 0) return new DataError(`${file}: the file is empty; expected HDF5`)
  const start = Buffer.alloc(512)
  const length = readSync(fd, start, 0, start.length, 0)
  const title = webPageTitle(start.toString('utf8', 0, length))
  if (title !== undefined)
    return new DataError(
      `${file}: expected HDF5, got a web page (${JSON.stringify(title)}) of ${size} bytes. Download the file again`,
    )
  return new DataError(`${file}: expected HDF5, got ${describeStart(start.subarray(0, length))}`)
}
