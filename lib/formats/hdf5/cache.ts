import { createHash } from 'node:crypto'
import { fstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { makeDirectorySync } from '../../files/replace.js'
import { buildIndex, emptyIndex, type DatasetIndex } from './datasets.js'
import type { Superblock } from './superblock.js'

/** Where the index of `file` is kept: beside it, or, where that cannot be written, under the user's cache directory. */
export function cacheFiles(file: string): readonly string[] {
  const path = resolve(file)
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16)
  const caches = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return [`${path}.m2-index`, join(caches, 'm2', `${name}.m2-index`)]
}

/** The index of a file, from its cache if the file is the same in size and time, else built; a large one is kept. */
export function cachedIndex(
  fd: number,
  file: string,
  superblock: Superblock,
  cache: boolean,
): DatasetIndex | undefined {
  const { size, mtimeNs } = fstatSync(fd, { bigint: true })
  const key = `m2 index 1 ${size} ${mtimeNs}`
  const kept = cache ? cacheFiles(file) : []
  for (const path of kept) {
    const index = load(path, key, Number(size))
    if (index) return index
  }
  const index = buildIndex(fd, file, superblock)
  if (index && index.names.size >= worthKeeping) kept.some((path) => save(path, key, index))
  return index
}

/** Below this many datasets an index is built in less time than it takes to look for a kept one. */
const worthKeeping = 5000

/** A line of key and counts, the names one a line, and the columns. */
function save(path: string, key: string, index: DatasetIndex): boolean {
  const count = index.names.size
  const names = Buffer.from([...index.names.keys()].join('\n'))
  const head = Buffer.from(`${key} ${count} ${names.length}\n`)
  const columns = [index.offset, index.regions, index.width, index.rank, index.type].map((column) =>
    Buffer.from(column.buffer, column.byteOffset, count * column.BYTES_PER_ELEMENT),
  )
  const temporary = `${path}.${process.pid}.tmp`
  try {
    makeDirectorySync(dirname(path))
    writeFileSync(temporary, Buffer.concat([head, names, ...columns]))
    renameSync(temporary, path)
    return true
  } catch {
    rmSync(temporary, { force: true }) // a cache that cannot be written is no error: the next place is tried, or none
    return false
  }
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
  const [count = NaN, length = NaN] = head.startsWith(`${key} `)
    ? head.slice(key.length).trim().split(' ').map(Number)
    : []
  const start = line + 1 + length
  if (!Number.isSafeInteger(count) || bytes.length !== start + count * (8 + 4 + 4 + 1 + 1)) return undefined
  const index = emptyIndex(count)
  let at = start
  for (const column of [index.offset, index.regions, index.width, index.rank, index.type]) {
    const room = new Uint8Array(column.buffer)
    room.set(bytes.subarray(at, at + room.length))
    at += room.length
  }
  const names = count === 0 ? [] : bytes.toString('utf8', line + 1, start).split('\n')
  names.forEach((name, row) => index.names.set(name, row))
  // Names that hold a line break, or offsets past the end, are not what was saved.
  return index.names.size === count && index.offset.every((offset) => offset <= size) ? index : undefined
}
