/** Tensors in host memory, and the shapes and types of tensors. */
/**
 * A tensor in host memory, row-major: what checkpoints hold and what goes in and out of an engine.
 * int64 and uint8 occur only in checkpoints.
 */
export type HostTensor =
  | { readonly shape: readonly number[]; readonly dtype: 'float32'; readonly data: Float32Array }
  | { readonly shape: readonly number[]; readonly dtype: 'int32'; readonly data: Int32Array }
  | { readonly shape: readonly number[]; readonly dtype: 'int64'; readonly data: BigInt64Array }
  | { readonly shape: readonly number[]; readonly dtype: 'uint8'; readonly data: Uint8Array }

export type HostTensors = Readonly<Record<string, HostTensor>>

/** The memory of tensors. */
export const buffersOf = (tensors: HostTensors): ArrayBuffer[] =>
  Object.values(tensors).map(({ data }) => data.buffer as ArrayBuffer) // not shared between threads

/** The bytes that tensors take. */
export const bytesOf = (tensors: HostTensors): number =>
  Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0)

/** The number of elements of a shape; 1 for a scalar. */
export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, length) => product * length, 1)

/** A float32 tensor of these values. */
export const float32 = (data: Float32Array, ...shape: number[]): HostTensor => ({
  shape,
  dtype: 'float32',
  data,
})

/** An int32 tensor of these values. */
export const int32 = (data: Int32Array, ...shape: number[]): HostTensor => ({ shape, dtype: 'int32', data })

/** A float32 tensor of no dimensions. */
export const scalar = (value: number): HostTensor => float32(Float32Array.of(value))

/** Shape and type of a tensor that engines compute with. */
export interface TensorSpec {
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32'
}
export type Specs = Readonly<Record<string, TensorSpec>>

export const float32Spec = (...shape: number[]): TensorSpec => ({ shape, dtype: 'float32' })
export const int32Spec = (...shape: number[]): TensorSpec => ({ shape, dtype: 'int32' })

/** A tensor of zeros. */
export function zeros({ shape, dtype }: TensorSpec): HostTensor {
  const size = sizeOf(shape)
  return dtype === 'int32'
    ? { shape, dtype, data: new Int32Array(size) }
    : { shape, dtype, data: new Float32Array(size) }
}

/** Tensors of zeros, by name. */
export const allZeros = (specs: Specs): HostTensors =>
  Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, zeros(spec)]))
