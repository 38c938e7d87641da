/** Arrays of numpy in a pickle, as the ports of bottom-up attention's detector keep their weights. */
import { DataError, messageOf } from '../../errors.js'
import { readWhole } from '../../files/read.js'
import { sizeOf, type HostTensor, type HostTensors } from '../../tensor.js'
import { tensorOf, widthOf, type StoredType } from '../dtypes.js'
import { readPickle } from './pickle.js'
import { Instance } from './python.js'

/**
 * Reads a pickled dict of numpy arrays by name: the pickled value itself, or what it holds as `model` or `state_dict`.
 * Nothing in the pickle runs. Entries that are not arrays of numbers are left out.
 *
 * @throws DataError where the file is another kind of pickle, or an array is damaged
 */
export async function readPickledArrays(file: string): Promise<HostTensors> {
  const { value } = readPickle(await readWhole(file), { where: file })
  const outer = value instanceof Map ? value : new Map<unknown, unknown>()
  const inner: unknown = outer.get('model') ?? outer.get('state_dict') ?? outer
  const entries: [string, HostTensor][] = []
  for (const [name, array] of inner instanceof Map ? inner : [])
    if (typeof name === 'string' && array instanceof Instance && array.className === 'numpy.ndarray')
      entries.push([name, arrayOf(array, `${file}: ${name}`)])
  if (entries.length === 0)
    throw new DataError(`${file}: expected a pickled dict of numpy arrays, or one that holds it as "model"`)
  return Object.fromEntries(entries)
}

/** numpy's names of types, without the byte order. */
const storedTypes: Readonly<Record<string, StoredType>> = {
  f2: 'F16',
  f4: 'F32',
  f8: 'F64',
  i1: 'I8',
  i2: 'I16',
  i4: 'I32',
  i8: 'I64',
  u1: 'U8',
  b1: 'BOOL',
}

/** The state of a numpy array: (version, shape, dtype, whether in Fortran's order, bytes). */
function arrayOf({ state }: Instance, where: string): HostTensor {
  const [, shape, dtype, fortran, bytes]: readonly unknown[] = Array.isArray(state) ? state : []
  const type =
    dtype instanceof Instance ? storedTypes[String(dtype.args[0]).replace(/^[<|=]/, '')] : undefined
  const order: unknown = dtype instanceof Instance && Array.isArray(dtype.state) ? dtype.state[1] : '<'
  if (!type || order === '>' || fortran === true)
    throw new DataError(`${where}: expected a little-endian array of numbers in C order`)
  if (!isShape(shape) || !(bytes instanceof Uint8Array) || bytes.length !== sizeOf(shape) * widthOf[type])
    throw new DataError(`${where}: the array is damaged: its bytes do not fill its shape`)
  try {
    return tensorOf(type, shape, bytes)
  } catch (error) {
    throw new DataError(`${where}: ${messageOf(error)}`, { cause: error })
  }
}

const isShape = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && Number(length) >= 0)
