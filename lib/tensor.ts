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

/** The number of elements of a shape; 1 for a scalar's. */
export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, length) => product * length, 1)
