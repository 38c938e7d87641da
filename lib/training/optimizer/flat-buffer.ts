/** Tensors laid out one after another in memory that worker threads share. */
import koffi from 'koffi'
import { sizeOf, type HostTensor, type HostTensors } from '../../tensor.js'

export interface FlatBuffer {
  readonly shared: SharedArrayBuffer
  /** All of it, as this thread sees it; the gaps between tensors are zero. */
  readonly values: Float32Array
  readonly tensors: HostTensors
}

/** Each tensor starts at a multiple of this many elements: a cache line's. */
const alignment = 16

/**
 * Room for tensors of these shapes, all zero.
 *
 * @param shards how many equal parts the buffer must divide into, one for each rank
 * @param nameOf what a parameter's tensor is called in this buffer
 */
export function createFlatBuffer(
  shapes: Readonly<Record<string, readonly number[]>>,
  shards: number,
  nameOf = (name: string) => name,
): FlatBuffer {
  const aligned = (length: number, to: number) => Math.ceil(length / to) * to
  let length = 0
  const places = Object.entries(shapes).map(([name, shape]) => {
    const start = length
    length += aligned(sizeOf(shape), alignment)
    return { name, shape, start }
  })
  const shared = new SharedArrayBuffer(4 * aligned(length, alignment * shards))
  const values = plain(shared)
  const tensors = places.map(({ name, shape, start }): [string, HostTensor] => [
    nameOf(name),
    { shape, dtype: 'float32', data: values.subarray(start, start + sizeOf(shape)) },
  ])
  return { shared, values, tensors: Object.fromEntries(tensors) }
}

/** Copies tensors into those of the same names. */
export function copyInto(tensors: HostTensors, values: HostTensors): void {
  for (const [name, { data }] of Object.entries(tensors)) data.set(values[name]!.data as never) // of the same type
}

/** The same memory, not marked as shared: ONNX Runtime and MPI take no SharedArrayBuffer. It must outlive the array. */
const plain = (shared: SharedArrayBuffer): Float32Array =>
  new Float32Array(koffi.view(koffi.address(new Float32Array(shared)), shared.byteLength))
