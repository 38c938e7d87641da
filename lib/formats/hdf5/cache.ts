/** The index of an HDF5 file, kept beside it. */

import { createHash } from 'node:crypto'
import { fstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { cacheFolder } from '../../files/cache-folder.js'
import { makeDirectorySync } from '../../files/replace.js'
import { temporaryBeside } from '../../files/temporary.js'
import { buildIndex, emptyIndex, type DatasetIndex } from './datasets.js'
import type { Superblock } from './superblock.js'

/** Where the index of `file` may be kept: beside it or, where that is not writable, in the user's cache folder. */
export function cacheFiles(file: string): readonly string[] {
  const path = resolve(file)
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16)
  return [`${path}.m2-index`, join(cacheFolder(), `${name}.m2-index`)]
}

/** The index of a file: the kept one if the file has the same size and time, else a new one, kept if it is large. */
export function cachedIndex(
  fd: number,
  file: string,
  superblock: Superblock,
  cache: boolean,
): DatasetIndex | undefined {
  const { size, mtimeNs } = fstatSync(fd, { bigint: true })
  const key = `m2 index 2 ${size} ${mtimeNs}`
  const kept = cache ? cacheFiles(file) : []
  for (const path of kept) {
    const index = load(path, key, Number(size))
    if (index) return index
  }
  const index = buildIndex(fd, file, superblock)
  const whole = index !== undefined && index.groups.size === 0 && index.external.size === 0
  if (whole && index.names.size >= worthKeeping) kept.some((path) => save(path, key, index))
  return index
}

/** Building the index of fewer datasets takes less time than looking for a kept one. */
const worthKeeping = 5000

/** Writes a line with the key, the counts and a checksum, the names, one per line, and the columns. */
function save(path: string, key: string, index: DatasetIndex): boolean {
  const count = index.names.size
  const names = Buffer.from([...index.names.keys()].join('\n'))
  const columns = [index.offset, index.regions, index.width, index.rank, index.type].map((column) =>
    Buffer.from(column.buffer, column.byteOffset, count * column.BYTES_PER_ELEMENT),
  )
  const head = Buffer.from(`${key} ${count} ${names.length} ${checksum([names, ...columns])}\n`)
  const temporary = temporaryBeside(path)
  try {
    makeDirectorySync(dirname(path))
    writeFileSync(temporary, Buffer.concat([head, names, ...columns]))
    renameSync(temporary, path)
    return true
  } catch {
    rmSync(temporary, { force: true }) // not an error: the next place is tried, if there is one
    return false
  }
}

const checksum = (parts: readonly Uint8Array[]): string => {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(part)
  return sum.digest('hex').slice(0, 32)
}

function load(path: string, key: string, size: number): DatasetIndex | undefined {
  let bytes
  try {
    bytes = readFileSync(path)
  } catch {
    return undefined
  }
  const line = bytes.indexOf('\n')
  const head = bytes.toString('utf8', 0, line)
  const [counted, measured, sum] = head.startsWith(`${key} `) ? head.slice(key.length).trim().split(' ') : []
  const [count, length] = [Number(counted), Number(measured)]
  const start = line + 1 + length
  if (!Number.isSafeInteger(count) || bytes.length !== start + count * (8 + 4 + 4 + 1 + 1)) return undefined
  if (checksum([bytes.subarray(line + 1)]) !== sum) return undefined // damaged: made again
  const index = emptyIndex(count)
  let at = start
  for (const column of [index.offset, index.regions, index.width, index.rank, index.type]) {
    const room = new Uint8Array(column.buffer)
    room.set(bytes.subarray(at, at + room.length))
    at += room.length
  }
  const names = count === 0 ? [] : bytes.toString('utf8', line + 1, start).split('\n')
  names.forEach((name, row) => index.names.set(name, row))
  // Names with line breaks, and offsets past the end of the file, were not saved by us.
  return index.names.size === count && index.offset.every((offset) => offset <= size) ? index : undefined
}
