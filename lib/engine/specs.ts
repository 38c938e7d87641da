/** Checks of the shapes and types of tensors. */
import { DataError } from '../errors.js'
import { sizeOf, type HostTensor, type HostTensors, type Specs, type TensorSpec } from '../tensor.js'

/** The shapes and types of tensors. @throws DataError for a type that engines cannot compute with */
export function specsOf(tensors: HostTensors): Specs {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, dtype }]) => {
      if (dtype !== 'float32' && dtype !== 'int32')
        throw new DataError(`${name} is ${dtype}; engines compute with float32 and int32`)
      return [name, { shape, dtype }]
    }),
  )
}

/** @throws DataError naming the function, the tensor, what was expected and what was given */
export function checkTensor(
  where: string,
  name: string,
  tensor: HostTensor | undefined,
  spec: TensorSpec,
): HostTensor {
  if (!tensor) throw new DataError(`${where}: no tensor "${name}", expected ${describe(spec)}`)
  const fits = tensor.dtype === spec.dtype && tensor.shape.join() === spec.shape.join()
  if (!fits) throw new DataError(`${where}: "${name}" is ${describe(tensor)}, expected ${describe(spec)}`)
  if (tensor.data.length !== sizeOf(spec.shape))
    throw new DataError(`${where}: "${name}" is ${describe(tensor)} but has ${tensor.data.length} values`)
  return tensor
}

/** @throws DataError for inputs that are missing, unknown to the function, or of other shapes */
export function checkInputs(where: string, inputs: HostTensors, specs: Specs): void {
  for (const [name, spec] of Object.entries(specs)) checkTensor(where, name, inputs[name], spec)
  const unknown = Object.keys(inputs).find((name) => !specs[name])
  if (unknown !== undefined)
    throw new DataError(`${where}: no input "${unknown}"; it takes ${Object.keys(specs).join(', ')}`)
}

const describe = ({ shape, dtype }: { shape: readonly number[]; dtype: string }) =>
  `${dtype} [${shape.join(', ')}]`
