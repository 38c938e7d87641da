import type { ModelConfig } from '../model/config.js'
import { layered } from '../model/parameters.js'
import type { HostTensor, HostTensors } from '../tensor.js'

/**
 * What the reference's state_dict holds beside its weights: the empty decoding caches and a step counter. None of it is
 * needed here; with it PyTorch's `load_state_dict` takes our files as they are.
 */
export function referenceBuffers({ width, decoderLayers }: ModelConfig): HostTensors {
  const none = (shape: number[]): HostTensor => ({ shape, dtype: 'float32', data: new Float32Array(0) })
  return {
    'decoder.running_mask_self_attention': { shape: [1, 1, 0], dtype: 'uint8', data: new Uint8Array(0) },
    'decoder.running_seq': { shape: [1], dtype: 'int64', data: new BigInt64Array(1) },
    ...layered(decoderLayers, (i) => ({
      [`decoder.layers.${i}.self_att.running_keys`]: none([0, width]),
      [`decoder.layers.${i}.self_att.running_values`]: none([0, width]),
    })),
  }
}
