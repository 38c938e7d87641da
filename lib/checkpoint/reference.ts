import type { ModelConfig } from '../model/config.js'
import type { HostTensor, HostTensors } from '../tensor.js'
import type { Shapes } from './shapes.js'

/** Names and shapes of the weights in the reference's state_dict, its frozen table of positions included. */
export function referenceShapes(config: ModelConfig): Shapes {
  const { width, heads, keyWidth, valueWidth, hiddenWidth, memorySlots: slots, featureWidth } = config
  const linear = (name: string, inputs: number, outputs: number): Shapes => ({
    [`${name}.weight`]: [outputs, inputs],
    [`${name}.bias`]: [outputs],
  })
  const norm = (name: string): Shapes => ({ [`${name}.weight`]: [width], [`${name}.bias`]: [width] })
  const attention = (name: string): Shapes => ({
    ...linear(`${name}.attention.fc_q`, width, heads * keyWidth),
    ...linear(`${name}.attention.fc_k`, width, heads * keyWidth),
    ...linear(`${name}.attention.fc_v`, width, heads * valueWidth),
    ...linear(`${name}.attention.fc_o`, heads * valueWidth, width),
    ...norm(`${name}.layer_norm`),
  })
  const memory = (name: string): Shapes =>
    slots === 0
      ? {}
      : {
          [`${name}.attention.m_k`]: [1, slots, heads * keyWidth],
          [`${name}.attention.m_v`]: [1, slots, heads * valueWidth],
        }
  const feedForward = (name: string): Shapes => ({
    ...linear(`${name}.fc1`, width, hiddenWidth),
    ...linear(`${name}.fc2`, hiddenWidth, width),
    ...norm(`${name}.layer_norm`),
  })
  const encoderLayer = (name: string): Shapes => ({
    ...attention(`${name}.mhatt`),
    ...memory(`${name}.mhatt`),
    ...feedForward(`${name}.pwff`),
  })
  const gates = config.connections === 'meshed' ? config.encoderLayers : 0
  const decoderLayer = (name: string): Shapes => ({
    ...attention(`${name}.self_att`),
    ...attention(`${name}.enc_att`),
    ...merge(gates, (i) => linear(`${name}.fc_alpha${i + 1}`, 2 * width, width)),
    ...feedForward(`${name}.pwff`),
  })
  return {
    ...linear('encoder.fc', featureWidth, width),
    ...norm('encoder.layer_norm'),
    ...merge(config.encoderLayers, (i) => encoderLayer(`encoder.layers.${i}`)),
    'decoder.word_emb.weight': [config.vocabularySize, width],
    'decoder.pos_emb.weight': [config.maxLength + 1, width],
    ...merge(config.decoderLayers, (i) => decoderLayer(`decoder.layers.${i}`)),
    'decoder.fc.weight': [config.vocabularySize, width],
  }
}

/**
 * What the reference's state_dict holds beside its weights: the empty decoding caches and a step counter. None of it is
 * needed here; with it PyTorch's `load_state_dict` takes our files as they are.
 */
export function referenceBuffers({ width, decoderLayers }: ModelConfig): HostTensors {
  const none = (shape: number[]): HostTensor => ({ shape, dtype: 'float32', data: new Float32Array(0) })
  return {
    'decoder.running_mask_self_attention': { shape: [1, 1, 0], dtype: 'uint8', data: new Uint8Array(0) },
    'decoder.running_seq': { shape: [1], dtype: 'int64', data: new BigInt64Array(1) },
    ...merge(decoderLayers, (i) => ({
      [`decoder.layers.${i}.self_att.running_keys`]: none([0, width]),
      [`decoder.layers.${i}.self_att.running_values`]: none([0, width]),
    })),
  }
}

function merge<T>(count: number, of: (index: number) => Readonly<Record<string, T>>): Record<string, T> {
  return Object.assign({}, ...Array.from({ length: count }, (_, index) => of(index)))
}
