import koffi from 'koffi'
import { sizeOf, type HostTensor, type HostTensors } from '../../tensor.js'

/** Tensors one after another, in memory that worker threads share. */
export interface Block {
  readonly shared: SharedArrayBuffer
  /** All of it, as this thread sees it: what is between tensors is zero. */
  readonly values: Float32Array
  readonly tensors: HostTensors
}

/** Elements that a tensor's beginning is a multiple of: a cache line's. */
const alignment = 16

/**
 * Room for tensors of these shapes, all zero.
 *
 * @param shares the block divides into so many equal parts
 * @param nameOf what a tensor is called in this block
 */
export function createBlock(
  shapes: Readonly<Record<string, readonly number[]>>,
  shares: number,
  nameOf = (name: string) => name,
): Block {
  const aligned = (length: number, to: number) => Math.ceil(length / to) * to
  let length = 0
  const places = Object.entries(shapes).map(([name, shape]) => {
    const start = length
    length += aligned(sizeOf(shape), alignment)
    return { name, shape, start }
  })
  const shared = new SharedArrayBuffer(4 * aligned(length, alignment * shares))
  const values = plain(shared)
  const tensors = places.map(({ name, shape, start }): [string, HostTensor] => [
    nameOf(name),
    { shape, dtype: 'float32', data: values.subarray(start, start + sizeOf(shape)) },
  ])
  return { shared, values, tensors: Object.fromEntries(tensors) }
}

/** Copies tensors into those of the same names. */
export function fill(tensors: HostTensors, values: HostTensors): void {
  for (const [name, { data }] of Object.entries(tensors)) data.set(values[name]!.data as never) // of the same type
}

/** The same memory, not marked as shared: ONNX Runtime and MPI take no SharedArrayBuffer. It must outlive the array. */
export const plain = (shared: SharedArrayBuffer): Float32Array =>
  new Float32Array(koffi.view(koffi.address(new Float32Array(shared)), shared.byteLength))
