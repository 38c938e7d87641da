/**
 * The safetensors format of named tensors: reading and writing. https://huggingface.co/docs/safetensors
 *
 * A file has 8 bytes of header length (little-endian), a JSON header of names, types, shapes and offsets, then the data,
 * row-major and without holes.
 */

import type { FileHandle } from 'node:fs/promises'
import * as z from 'zod'
import { DataError, messageOf } from '../errors.js'
import { readFully, withFile } from '../files/read.js'
import { replaceFile, writeFully } from '../files/replace.js'
import { sizeOf, type HostTensor, type HostTensors } from '../tensor.js'
import { tensorOf, widthOf, type StoredType } from './dtypes.js'

/**
 * Reads a safetensors file, each tensor directly into its own array, so that memory holds the data once. F16, BF16 and F64
 * become float32, BOOL becomes uint8.
 *
 * @throws DataError where the header is invalid, or tensors overlap, leave holes or reach past the end
 */
export async function readSafetensors(file: string): Promise<HostTensors> {
  return await withFile(file, async (handle) => {
    const { tensors, start } = await readHeader(handle, file)
    const entries: [string, HostTensor][] = []
    for (const [name, { dtype, shape, begin, end }] of tensors) {
      const bytes = new Uint8Array(end - begin)
      if ((await readFully(handle, bytes, start + begin)) < bytes.length)
        throw new DataError(`${file}: the file ended while ${name} was being read; it is being written to`)
      entries.push([name, tensorOf(dtype, shape, bytes)])
    }
    return Object.fromEntries(entries)
  })
}

/** The `__metadata__` of a safetensors file: notes of its writer, by name. */
export async function readSafetensorsMetadata(file: string): Promise<Readonly<Record<string, string>>> {
  return await withFile(file, async (handle) => (await readHeader(handle, file)).metadata)
}

/**
 * Writes a safetensors file, whole or not at all. Tensors are ordered by the width of their elements, then by name, so
 * that each is aligned in the file, and equal tensors give equal files.
 *
 * @param metadata notes by name, for the header
 */
export async function writeSafetensors(
  file: string,
  tensors: HostTensors,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const ordered = Object.entries(tensors).toSorted(
    ([a, { data: x }], [b, { data: y }]) =>
      y.BYTES_PER_ELEMENT - x.BYTES_PER_ELEMENT || (a < b ? -1 : a > b ? 1 : 0),
  )
  const header = headerOf(file, ordered, metadata)
  await replaceFile(file, async (handle) => {
    await writeFully(handle, header)
    for (const [, { data }] of ordered)
      await writeFully(handle, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  })
}

interface Placed {
  dtype: StoredType
  shape: readonly number[]
  begin: number
  end: number
}

interface Header {
  tensors: [string, Placed][]
  metadata: Record<string, string>
  /** Where the data begins in the file. */
  start: number
}

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
})
const metadataSchema = z.record(z.string(), z.string())

/** The format's own limit. */
const longestHeader = 100_000_000
const codes = { float32: 'F32', int32: 'I32', int64: 'I64', uint8: 'U8' } as const

async function readHeader(handle: FileHandle, file: string): Promise<Header> {
  const { size } = await handle.stat()
  const prefix = new Uint8Array(8)
  if ((await readFully(handle, prefix, 0)) < 8)
    throw new DataError(`${file}: expected a safetensors file, got only ${size} bytes`)
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true))
  if (length > longestHeader || length > size - 8)
    throw new DataError(
      `${file}: expected a safetensors header of at most ${Math.min(longestHeader, size - 8)} bytes, got a length of ` +
        `${length}; the file is truncated or no safetensors file`,
    )
  const bytes = new Uint8Array(length)
  await readFully(handle, bytes, 8)
  const { __metadata__, ...entries } = parseHeader(bytes, file)
  const metadata = metadataSchema.safeParse(__metadata__ ?? {})
  if (!metadata.success) throw new DataError(`${file}: __metadata__ is expected to map names to strings`)
  const tensors = Object.entries(entries).map(([name, entry]): [string, Placed] => [
    name,
    checkEntry(entry, `${file}: tensor ${name}`),
  ])
  checkPlaces(tensors, size - 8 - length, file)
  return { tensors, metadata: metadata.data, start: 8 + length }
}

function parseHeader(bytes: Uint8Array, file: string): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new DataError(`${file}: the safetensors header is not the expected JSON: ${messageOf(error)}`)
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new DataError(`${file}: the safetensors header is not the expected JSON: it is no object`)
  return { ...header }
}

function checkEntry(entry: unknown, where: string): Placed {
  const parsed = entrySchema.safeParse(entry)
  if (!parsed.success)
    throw new DataError(`${where}: expected {"dtype","shape","data_offsets"}, got ${JSON.stringify(entry)}`)
  const { dtype, shape, data_offsets: offsets } = parsed.data
  if (!isStored(dtype))
    throw new DataError(`${where}: expected one of ${Object.keys(widthOf).join(', ')}, got ${dtype}`)
  const [begin, end] = offsets
  const bytes = sizeOf(shape) * widthOf[dtype]
  if (end - begin !== bytes)
    throw new DataError(
      `${where}: ${dtype} of shape [${shape}] takes ${bytes} bytes; its offsets ${begin} to ${end} hold ${end - begin}`,
    )
  return { dtype, shape, begin, end }
}

const isStored = (dtype: string): dtype is StoredType => Object.hasOwn(widthOf, dtype)

/** Tensors must fill the data exactly: a gap could hide anything, and an overlap gives one array two names. */
function checkPlaces(tensors: readonly [string, Placed][], size: number, file: string): void {
  let filled = 0
  let before = 'the header'
  const inOrder = tensors.toSorted(([, a], [, b]) => a.begin - b.begin || a.end - b.end)
  for (const [name, { begin, end }] of inOrder) {
    if (end > size)
      throw new DataError(
        `${file}: tensor ${name} ends at byte ${end}, out of the range of the ${size} bytes of data; the file is ` +
          'truncated or damaged',
      )
    if (begin < filled)
      throw new DataError(
        `${file}: tensor ${name} begins at byte ${begin} and overlaps ${before}, which ends at ${filled}`,
      )
    if (begin > filled)
      throw new DataError(`${file}: a hole of ${begin - filled} bytes between ${before} and tensor ${name}`)
    filled = end
    before = `tensor ${name}`
  }
  if (filled < size) throw new DataError(`${file}: a hole of ${size - filled} bytes after ${before}`)
}

function headerOf(
  file: string,
  tensors: readonly (readonly [string, HostTensor])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let end = 0
  const entries = tensors.map(([name, { dtype, shape, data }]) => {
    if (sizeOf(shape) !== data.length)
      throw new RangeError(`${file}: ${name} of shape [${shape}] has ${data.length} elements`)
    const begin = end
    end += data.byteLength
    return [name, { dtype: codes[dtype], shape, data_offsets: [begin, end] }] as const
  })
  const notes = Object.keys(metadata).length > 0 ? [['__metadata__', metadata] as const] : []
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries([...notes, ...entries])))
  const header = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20) // padded with blanks, so that the data is aligned
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true)
  header.set(json, 8)
  return header
}
