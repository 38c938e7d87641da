/** TensorBoard event files: scalars by step. */

import { open } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import protobuf from 'protobufjs'
import { makeDirectory } from '../files/replace.js'

/** A file of scalars for TensorBoard. */
export interface EventFile {
  scalars(step: number, values: Readonly<Record<string, number>>): Promise<void>
  close(): Promise<void>
}

/**
 * Starts an event file, `events.out.tfevents.TIME.HOST`, in a directory: records of TensorFlow's `Event` message
 * (tensorflow/core/util/event.proto), each framed as a TFRecord. A resumed run starts another file; TensorBoard joins them.
 */
export async function createEventFile(directory: string): Promise<EventFile> {
  await makeDirectory(directory)
  const seconds = Math.floor(Date.now() / 1000)
  const file = await open(join(directory, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}`), 'a')
  await file.appendFile(frame(event().uint32(tag(3, 2)).string('brain.Event:2').finish()))
  return {
    async scalars(step, values) {
      const summary = protobuf.Writer.create()
      for (const [name, value] of Object.entries(values)) {
        const entry = protobuf.Writer.create().uint32(tag(1, 2)).string(name).uint32(tag(2, 5)).float(value)
        summary.uint32(tag(1, 2)).bytes(entry.finish())
      }
      await file.appendFile(
        frame(event().uint32(tag(2, 0)).int64(step).uint32(tag(5, 2)).bytes(summary.finish()).finish()),
      )
    },
    close: () => file.close(),
  }
}

/** An Event with its wall time, in seconds. */
const event = () =>
  protobuf.Writer.create()
    .uint32(tag(1, 1))
    .double(Date.now() / 1000)

const tag = (field: number, wireType: number) => (field << 3) | wireType

/** TFRecord: length (uint64), its masked checksum, the data, its masked checksum; little-endian. */
export function frame(data: Uint8Array): Buffer {
  const record = Buffer.alloc(data.length + 16)
  record.writeBigUInt64LE(BigInt(data.length), 0)
  record.writeUInt32LE(masked(crc32c(record.subarray(0, 8))), 8)
  record.set(data, 12)
  record.writeUInt32LE(masked(crc32c(data)), 12 + data.length)
  return record
}

const masked = (crc: number) => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

/** CRC-32C (Castagnoli; RFC 3720, appendix B.4). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
