import type { ModelConfig } from '../model/config.js'
import { parameterShapes } from '../model/parameters.js'
import type { HostTensors } from '../tensor.js'
import { referenceBuffers } from './reference.js'
import { readSafetensors } from '../formats/safetensors.js'
import { checkWeights, type Weights } from './shapes.js'
import { readStateDict } from '../formats/torch/file.js'

/** The weights of a model, as any program saved them: safetensors, or PyTorch's state_dict or whole checkpoint. */
export async function readWeights(file: string): Promise<HostTensors> {
  return file.endsWith('.safetensors') ? readSafetensors(file) : readStateDict(file)
}

/**
 * A model's parameters, all there, of the shapes of its config, and finite; the reference's buffers are left out.
 *
 * @param file named in errors
 * @throws DataError with the tensor's name, what was expected and what was found
 */
export function checkParameters(
  tensors: HostTensors,
  config: ModelConfig,
  file: string,
): Record<string, Weights> {
  return checkWeights(tensors, parameterShapes(config), new Set(Object.keys(referenceBuffers(config))), file)
}
