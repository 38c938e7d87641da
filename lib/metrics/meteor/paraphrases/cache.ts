/** The index of METEOR's paraphrase table, kept in a cache folder. */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf } from '../../../errors.js'
import { readFully } from '../../../files/read.js'
import { makeDirectory, replaceFile, writeFully } from '../../../files/replace.js'
import { blobId } from '../data.js'
import { buildParaphrases } from './build.js'
import type { ParaphraseTable } from './table.js'

/** A paraphrase table, and the git blob id of the file it was read from. */
export interface CachedParaphrases {
  readonly table: ParaphraseTable
  readonly id: string
  /** The index file; undefined where none could be written. */
  readonly cached?: string
}

/**
 * The index of a paraphrase table: from the folder of caches, or built from the table and put there.
 *
 * @param note told that an index is being built, which takes seconds, or that it could not be kept
 */
export async function openParaphrases(
  file: string,
  folder: string,
  note: (message: string) => void = () => undefined,
): Promise<CachedParaphrases> {
  const cached = join(folder, `paraphrases-${await fingerprint(file)}.bin`)
  const known = await readIndex(cached)
  if (known) return { ...known, cached }

  note(`indexing the paraphrase table ${file}, which is done once`)
  const table = await buildParaphrases(file)
  const id = await blobId(file)
  try {
    await writeIndex(cached, table, id)
    return { ...((await readIndex(cached)) ?? { table, id }), cached }
  } catch (error) {
    note(`the index of the paraphrase table cannot be kept in ${folder}: ${messageOf(error)}`)
    return { table, id }
  }
}

/** Size, beginning and end identify a table: a gzip file ends with the checksum of its content. */
async function fingerprint(file: string): Promise<string> {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const hash = createHash('sha256').update(`${size}\n`)
    const piece = new Uint8Array(Math.min(size, 65536))
    for (const position of [0, size - piece.length]) {
      await readFully(handle, piece, position)
      hash.update(piece)
    }
    return hash.digest('hex').slice(0, 16)
  } finally {
    await handle.close()
  }
}

// 16 bytes of magic, 40 of the blob id; counts of words, nodes and pairs, and the byte order; then the arrays.
const magic = 'm2 paraphrases 2'
const headerSize = 72
const byteOrder = 0x01020304

type Layout = { [K in keyof ParaphraseTable]: number }

const lengths = (words: number, nodes: number, pairs: number): Layout => ({
  keys: words,
  words: nodes,
  children: nodes + 1,
  pairs: nodes + 1,
  seconds: pairs,
  orders: pairs,
  isSecond: nodes,
})

const sizeOf = (layout: Layout) =>
  Object.entries(layout).reduce(
    (size, [name, count]) => size + count * (name === 'keys' ? 8 : name === 'isSecond' ? 1 : 4),
    headerSize,
  )

/** undefined for a file that is missing, incomplete or of another version: the index is then built again. */
async function readIndex(file: string): Promise<{ table: ParaphraseTable; id: string } | undefined> {
  let handle
  try {
    handle = await open(file)
  } catch {
    return undefined
  }
  try {
    const { size } = await handle.stat()
    const buffer = new SharedArrayBuffer(size) // for all threads
    if (size < headerSize || (await readFully(handle, new Uint8Array(buffer), 0)) < size) return undefined
    const text = Buffer.from(buffer, 0, magic.length + 40).toString('latin1')
    const [words = 0, nodes = 0, pairs = 0, order] = new Uint32Array(buffer, 56, 4)
    const layout = lengths(words, nodes, pairs)
    if (!text.startsWith(magic) || order !== byteOrder || sizeOf(layout) !== size) return undefined
    return { table: slice(buffer, layout), id: text.slice(magic.length) }
  } finally {
    await handle.close()
  }
}

function slice(buffer: SharedArrayBuffer, layout: Layout): ParaphraseTable {
  let at = headerSize
  const take = (name: keyof Layout) => {
    const array = new Uint32Array(buffer, at, layout[name])
    at += array.byteLength
    return array
  }
  const keys = new Float64Array(buffer, at, layout.keys)
  at += keys.byteLength
  return {
    keys,
    words: take('words'),
    children: take('children'),
    pairs: take('pairs'),
    seconds: take('seconds'),
    orders: take('orders'),
    isSecond: new Uint8Array(buffer, at, layout.isSecond),
  }
}

async function writeIndex(file: string, table: ParaphraseTable, id: string): Promise<void> {
  const { keys, words, children, pairs, seconds, orders, isSecond } = table
  const counts = Uint32Array.of(keys.length, words.length, seconds.length, byteOrder)
  await makeDirectory(dirname(file))
  await replaceFile(file, async (handle) => {
    await writeFully(handle, Buffer.from(magic + id, 'latin1'))
    for (const { buffer, byteOffset, byteLength } of [
      counts,
      keys,
      words,
      children,
      pairs,
      seconds,
      orders,
      isSecond,
    ])
      await writeFully(handle, new Uint8Array(buffer, byteOffset, byteLength))
  })
}
