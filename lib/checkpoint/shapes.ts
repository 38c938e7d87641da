import { DataError } from '../errors.js'
import type { Shapes } from '../model/parameters.js'
import type { HostTensor, HostTensors } from '../tensor.js'

/** A float32 tensor in host memory. */
export type Weights = Extract<HostTensor, { dtype: 'float32' }>

/**
 * Picks the tensors that a model needs: each there, float32, of its shape, and finite. What else the file holds must be
 * among `ignored` (the reference's buffers).
 *
 * @param file named in errors
 * @throws DataError with the tensor's name, what was expected and what was found
 */
export function checkWeights(
  tensors: HostTensors,
  expected: Shapes,
  ignored: ReadonlySet<string>,
  file: string,
): Record<string, Weights> {
  const unknown = Object.keys(tensors).filter((name) => !Object.hasOwn(expected, name) && !ignored.has(name))
  const missing = Object.keys(expected).filter((name) => !Object.hasOwn(tensors, name))
  if (missing.length > 0)
    throw new DataError(
      `${file}: expected ${Object.keys(expected).length} tensors, ${list(missing)} missing` +
        `${unknown.length > 0 ? `, and ${list(unknown)} unknown` : ''}; the file is of another model than the config`,
    )
  if (unknown.length > 0)
    throw new DataError(`${file}: ${list(unknown)} unknown; the file is of another model than the config`)
  return Object.fromEntries(
    Object.entries(expected).map(([name, shape]) => [name, checkWeight(tensors, name, shape, file)]),
  )
}

function checkWeight(tensors: HostTensors, name: string, shape: readonly number[], file: string): Weights {
  const tensor = tensors[name]
  if (tensor?.dtype !== 'float32' || tensor.shape.join() !== shape.join())
    throw new DataError(
      `${file}: tensor ${name}: expected float32 [${shape.join(', ')}], found ${tensor?.dtype} [${tensor?.shape.join(', ')}]`,
    )
  const at = tensor.data.findIndex((value) => !Number.isFinite(value))
  if (at >= 0)
    throw new DataError(
      `${file}: tensor ${name} holds ${tensor.data[at]} at ${at} of ${tensor.data.length}: the weights are spoiled, ` +
        'as by a training run that diverged',
    )
  return tensor
}

/** `3 tensors (a, b, c) are`, the first few by name. */
function list(names: readonly string[]): string {
  const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')}, ...` : names.join(', ')
  return names.length === 1 ? `tensor ${shown} is` : `${names.length} tensors (${shown}) are`
}
