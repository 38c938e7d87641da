/** Caffe's file of trained weights: the layers of a NetParameter and their blobs (caffe.proto), read as protobuf. */
import protobuf from 'protobufjs'
import { DataError, messageOf } from '../errors.js'
import { readWhole } from '../files/read.js'
import { float32, sizeOf, type HostTensor } from '../tensor.js'
import { float32FromBytes } from './floats.js'

/** The blobs of each layer that has some, by the layer's name. */
export type CaffeLayers = ReadonlyMap<string, readonly HostTensor[]>

/**
 * Reads the layers of a .caffemodel, current (`layer`) or V1 (`layers`).
 *
 * @throws DataError where the bytes are not a NetParameter, are truncated, or hold no weights
 */
export async function readCaffemodel(file: string): Promise<CaffeLayers> {
  return parseCaffemodel(await readWhole(file), file)
}

/** @param file named in errors */
export function parseCaffemodel(bytes: Uint8Array, file: string): CaffeLayers {
  const layers = new Map<string, HostTensor[]>()
  try {
    eachField(bytes, (field, reader) => {
      const numbers = field === net.layer ? layer : field === net.v1Layer ? v1Layer : undefined
      if (!numbers) return false
      const { name, blobs } = layerOf(reader.bytes(), numbers)
      if (blobs.length > 0) layers.set(name, blobs)
      return true
    })
  } catch (error) {
    throw new DataError(
      `${file}: expected Caffe's weights (a NetParameter), found a damaged or truncated file: ${messageOf(error)}`,
      { cause: error },
    )
  }
  if (layers.size === 0) throw new DataError(`${file}: expected Caffe's weights, found no layer that has any`)
  return layers
}

// Field numbers of caffe.proto.
const net = { v1Layer: 2, layer: 100 }
const layer = { name: 1, blobs: 7 }
const v1Layer = { name: 4, blobs: 6 }
const blob = { num: 1, width: 4, data: 5, shape: 7, doubleData: 8 }
const wire = { bytes: 2, fixed32: 5 }

function layerOf(bytes: Uint8Array, numbers: typeof layer): { name: string; blobs: HostTensor[] } {
  let name = ''
  const blobs: HostTensor[] = []
  eachField(bytes, (field, reader, type) => {
    if (type !== wire.bytes) return false
    if (field === numbers.name) name = reader.string()
    else if (field === numbers.blobs) blobs.push(blobOf(reader.bytes()))
    else return false
    return true
  })
  return { name, blobs }
}

/** A blob's shape is a list, or in older files four numbers of which those that lead with 1 stand for nothing. */
function blobOf(bytes: Uint8Array): HostTensor {
  const pieces: Float32Array[] = []
  const old: number[] = []
  let shape: number[] | undefined
  eachField(bytes, (field, reader, type) => {
    if (field === blob.data && type === wire.bytes) pieces.push(floatsOf(reader.bytes()))
    else if (field === blob.data && type === wire.fixed32) pieces.push(Float32Array.of(reader.float()))
    else if (field === blob.doubleData && type === wire.bytes) pieces.push(doublesOf(reader.bytes()))
    else if (field === blob.shape && type === wire.bytes) shape = shapeOf(reader.bytes())
    else if (field >= blob.num && field <= blob.width && type === 0) old[field - blob.num] = reader.int32()
    else return false
    return true
  })
  const data = pieces.length === 1 && pieces[0] ? pieces[0] : joined(pieces)
  shape ??= Array.from(old, (length) => length ?? 1)
  if (shape.some((length) => length < 0) || sizeOf(shape) !== data.length)
    throw new RangeError(`a blob of shape (${shape.join(', ')}) has ${data.length} values`)
  return float32(data, ...shape)
}

function shapeOf(bytes: Uint8Array): number[] {
  const lengths: number[] = []
  eachField(bytes, (field, reader, type) => {
    if (field !== 1) return false
    const end = type === wire.bytes ? reader.uint32() + reader.pos : reader.pos + 1
    while (reader.pos < end) lengths.push(Number(reader.int64()))
    return true
  })
  return lengths
}

/** Calls `use` for each field of a message; one that it does not use (returns false) is passed over. */
function eachField(
  bytes: Uint8Array,
  use: (field: number, reader: protobuf.Reader, type: number) => boolean,
): void {
  const reader = protobuf.Reader.create(bytes)
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (!use(tag >>> 3, reader, tag & 7)) reader.skipType(tag & 7)
  }
}

function floatsOf(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 !== 0) throw new RangeError(`${bytes.length} bytes are not whole floats`)
  return float32FromBytes(bytes)
}

function doublesOf(bytes: Uint8Array): Float32Array {
  if (bytes.length % 8 !== 0) throw new RangeError(`${bytes.length} bytes are not whole doubles`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(8 * i, true))
}

function joined(pieces: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(pieces.reduce((size, { length }) => size + length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
