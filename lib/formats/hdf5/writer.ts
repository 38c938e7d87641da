/** A new HDF5 file of float32 datasets. */

import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DataError } from '../../errors.js'
import { cannotWrite } from '../../files/refusal.js'
import { syncDirectory } from '../../files/replace.js'
import { sweepBeside, temporaryBeside } from '../../files/temporary.js'
import { float32ToBytes } from '../floats.js'
import { closingStructures, datasetHeader, superblockSize } from './structures.js'

/** Writes an HDF5 file of float32 datasets in its root group, each contiguous. */
export interface FeatureFileWriter {
  /**
   * Appends one dataset; await it before the next. `data` may be reused once this resolves.
   *
   * @throws DataError when `data` does not fill `shape`, the name is taken or not allowed, or the disk is full
   */
  add(name: string, data: Float32Array, shape: readonly number[]): Promise<void>
  /** Writes the group and moves the file into place. Until then a file of this name stays as it was. */
  close(): Promise<void>
  /** Deletes what was written. */
  abort(): Promise<void>
}

/**
 * Creates an HDF5 file of the kind that h5py writes by default: superblock version 0, one symbol-table group, contiguous
 * little-endian float32. Datasets are streamed and only names and addresses are kept in memory, so that a file may have
 * any size.
 *
 * Written from "HDF5 File Format Specification", version 3.0, The HDF Group.
 */
export async function createFeatureFile(path: string): Promise<FeatureFileWriter> {
  await sweepBeside(path)
  const temporary = temporaryBeside(path)
  const file = await open(temporary, 'w').catch((error: unknown) => {
    throw cannotWrite(path, error)
  })
  const links = new Map<string, number>()
  let pending: Uint8Array[] = [new Uint8Array(superblockSize)]
  let end = superblockSize
  let flushed = 0

  async function flush(): Promise<void> {
    const bytes = pending.length === 1 ? pending[0] : Buffer.concat(pending)
    pending = []
    if (!bytes) return
    await file.writeFile(bytes).catch((error: unknown) => {
      throw cannotWrite(path, error)
    })
    flushed = end
  }

  async function abort(): Promise<void> {
    await file.close().catch(() => undefined)
    await rm(temporary, { force: true })
  }

  return {
    async add(name, data, shape) {
      if (name === '' || name === '.' || /[/\0]/.test(name))
        throw new DataError(`${path}: ${JSON.stringify(name)} cannot name a dataset`)
      if (links.has(name)) throw new DataError(`${path}: dataset ${name} was already written`)
      if (shape.reduce((product, size) => product * size, 1) !== data.length)
        throw new DataError(`${path}: ${name}: ${data.length} values do not fill (${shape.join(', ')})`)
      const header = datasetHeader(shape, end)
      links.set(name, end)
      pending.push(header, float32ToBytes(data), new Uint8Array(-data.byteLength & 7))
      end += header.length + data.byteLength + (-data.byteLength & 7)
      if (end - flushed >= flushSize) await flush()
    },
    async close() {
      try {
        const closing = closingStructures(links, end)
        for (const bytes of closing.bytes) pending.push(bytes) // too many, of a million images, to be arguments
        end = closing.end
        await flush()
        await file.write(closing.superblock, 0, superblockSize, 0)
        await file.sync()
        await file.close()
        await rename(temporary, path)
        await syncDirectory(dirname(path))
      } catch (error) {
        await abort()
        throw cannotWrite(path, error)
      }
    },
    abort,
  }
}

/** Small datasets are collected and written together, this many bytes at a time. */
const flushSize = 1 << 20
