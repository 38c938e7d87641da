/** The weights of a model: read from any program's files, and checked against the model's configuration. */
import { DataError } from '../errors.js'
import { readSafetensors } from '../formats/safetensors.js'
import { readStateDict } from '../formats/torch/file.js'
import type { ModelConfig } from '../model/config.js'
import { parameterShapes, type Shapes } from '../model/parameters.js'
import type { HostTensor, HostTensors } from '../tensor.js'

/** A float32 tensor in host memory. */
export type Weights = Extract<HostTensor, { dtype: 'float32' }>

/** Reads the weights of a model, as any program saved them: safetensors, or PyTorch's state_dict or whole checkpoint. */
export async function readWeights(file: string): Promise<HostTensors> {
  return file.endsWith('.safetensors') ? readSafetensors(file) : readStateDict(file)
}

/**
 * Picks a model's parameters: each there, float32, of the shape that the configuration asks for, and finite. The
 * reference's buffers are left out; any other tensor is an error.
 *
 * @param file named in errors
 * @throws DataError with the tensor's name, what was expected and what was found
 */
export function checkParameters(
  tensors: HostTensors,
  config: ModelConfig,
  file: string,
): Record<string, Weights> {
  checkLayers(tensors, config, file)
  const expected = parameterShapes(config)
  checkNames(tensors, expected, new Set(Object.keys(referenceBuffers(config))), file)
  return Object.fromEntries(
    Object.entries(expected).map(([name, shape]) => [name, checkWeight(tensors, name, shape, file)]),
  )
}

/**
 * What the reference's state_dict holds beside its weights: the empty decoding caches and a step counter. None of it is
 * needed here, but with it PyTorch's `load_state_dict` takes our files as they are.
 */
export function referenceBuffers({ width, decoderLayers }: ModelConfig): HostTensors {
  const empty = (shape: number[]): HostTensor => ({ shape, dtype: 'float32', data: new Float32Array(0) })
  const buffers: Record<string, HostTensor> = {
    'decoder.running_mask_self_attention': { shape: [1, 1, 0], dtype: 'uint8', data: new Uint8Array(0) },
    'decoder.running_seq': { shape: [1], dtype: 'int64', data: new BigInt64Array(1) },
  }
  for (let layer = 0; layer < decoderLayers; layer++) {
    buffers[`decoder.layers.${layer}.self_att.running_keys`] = empty([0, width])
    buffers[`decoder.layers.${layer}.self_att.running_values`] = empty([0, width])
  }
  return buffers
}

/** Compares the numbers of layers first: a damaged configuration may ask for millions, which would all be listed. */
function checkLayers(tensors: HostTensors, config: ModelConfig, file: string): void {
  for (const part of ['encoder', 'decoder'] as const) {
    const [found, expected] = [layersOf(tensors, part), config[`${part}Layers`]]
    if (found !== expected)
      throw new DataError(
        `${file}: expected the ${expected} ${part} layers of the config's ${part}Layers, found ${found}; ` +
          'the file is of another model than the config',
      )
  }
}

/** The number of encoder or decoder layers that tensors belong to. */
export const layersOf = (tensors: HostTensors, part: 'encoder' | 'decoder'): number =>
  new Set(
    Object.keys(tensors).flatMap((name) => new RegExp(`^${part}\\.layers\\.(\\d+)\\.`).exec(name)?.[1] ?? []),
  ).size

function checkNames(
  tensors: HostTensors,
  expected: Shapes,
  ignored: ReadonlySet<string>,
  file: string,
): void {
  const unknown = Object.keys(tensors).filter((name) => !Object.hasOwn(expected, name) && !ignored.has(name))
  const missing = Object.keys(expected).filter((name) => !Object.hasOwn(tensors, name))
  if (missing.length > 0)
    throw new DataError(
      `${file}: expected ${Object.keys(expected).length} tensors, ${list(missing)} missing` +
        `${unknown.length > 0 ? `, and ${list(unknown)} unknown` : ''}; the file is of another model than the config`,
    )
  if (unknown.length > 0)
    throw new DataError(`${file}: ${list(unknown)} unknown; the file is of another model than the config`)
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
