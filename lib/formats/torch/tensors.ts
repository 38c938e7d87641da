/** PyTorch's tensors and storages, as pickles describe them. */

import { DataError } from '../../errors.js'
import { sizeOf } from '../../tensor.js'
import type { StoredType } from '../dtypes.js'
import { Global, instancesOf, type Constructors } from '../pickle/python.js'

/** An array in a PyTorch file; several tensors may share it. */
export interface Storage {
  readonly type: StoredType
  /** Its name in the file. */
  readonly key: string
  /** The number of its elements, and where this view of it begins (legacy files). */
  readonly elements: number
  readonly start: number
}

/** The place of each storage in the file, by its key. */
export type Places = ReadonlyMap<string, { start: number; size: number }>

/** A tensor that is not loaded yet: a strided view of a storage. Offset and strides count elements. */
export class TorchTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

const storageTypes: Readonly<Record<string, StoredType>> = {
  FloatStorage: 'F32',
  DoubleStorage: 'F64',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
}
const dtypes = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
]

/** The functions and classes of PyTorch that checkpoints name. */
export const torchConstructors: Constructors = {
  'torch._utils._rebuild_tensor': (...args) => tensorOf(args),
  'torch._utils._rebuild_tensor_v2': (...args) => tensorOf(args),
  'torch._utils._rebuild_parameter': (tensor) => tensor,
  'torch._utils._rebuild_parameter_with_state': (tensor) => tensor,
  'torch.Size': (shape) => shape,
  'torch.device': instancesOf('torch.device'),
  ...Object.fromEntries(dtypes.map((name) => [`torch.${name}`, instancesOf('torch.dtype')])),
  ...Object.fromEntries(
    Object.keys(storageTypes).flatMap((name) =>
      ['torch', 'torch.cuda'].map((module) => [`${module}.${name}`, instancesOf('torch.Storage')]),
    ),
  ),
}

/** A storage from its persistent id: ('storage', type, key, device, elements[, view]). The device is ignored. */
export function storageOf(id: unknown, where: string): Storage {
  const [tag, type, key, , elements, view] = Array.isArray(id) ? id : []
  const stored = type instanceof Global ? storageTypes[type.name.replace(/^.*\./, '')] : undefined
  if (tag !== 'storage' || !stored || typeof key !== 'string' || !isCount(elements))
    throw new DataError(`${where}: expected a PyTorch storage of a known type; the file is damaged`)
  const start: unknown = Array.isArray(view) ? view[1] : 0
  if (!isCount(start)) throw new DataError(`${where}: storage ${key} begins at ${String(start)}`)
  return { type: stored, key, elements, start }
}

/** A stride of 0 repeats elements of a storage; beyond this, a tensor of a few bytes could fill the memory. */
const mostRepeated = 2 ** 20

function tensorOf([storage, offset, shape, strides]: readonly unknown[]): TorchTensor {
  if (!isStorage(storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides))
    throw new TypeError('expected a storage, an offset, a shape and strides')
  const size = sizeOf(shape)
  const last = shape.reduce(
    (at, length, axis) => at + (length - 1) * (strides[axis] ?? NaN),
    storage.start + offset,
  )
  if (shape.length !== strides.length || (size > 0 && !(last < storage.elements)))
    throw new TypeError(
      `shape [${shape}] with strides [${strides}] from ${offset} leaves the storage of ${storage.elements} elements`,
    )
  if (size > Math.max(storage.elements, mostRepeated))
    throw new TypeError(`shape [${shape}] is refused: the storage has only ${storage.elements} elements`)
  return new TorchTensor(storage, offset, shape, strides)
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount)
const isStorage = (value: unknown): value is Storage =>
  typeof value === 'object' && value !== null && 'elements' in value && 'key' in value
