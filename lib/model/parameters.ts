import { sizeOf, type HostTensor, type HostTensors } from '../tensor.js'
import type { ModelConfig } from './config.js'
import { hash } from './noise.js'
import { sinusoids } from './positions.js'

export type Shapes = Readonly<Record<string, readonly number[]>>

/**
 * The parameters that are not trained: the table of positions. The paper's is of sinusoids; the reference overwrites them
 * when it initialises every matrix at random, and does not train what it wrote, so a model's own table has to be kept.
 */
export const frozen: ReadonlySet<string> = new Set(['decoder.pos_emb.weight'])

/** The names and shapes of a model's parameters: those of the reference's checkpoints, weights (out, in). */
export function parameterShapes(config: ModelConfig): Shapes {
  const { width, vocabularySize, featureWidth, maxLength, encoderLayers, decoderLayers } = config
  const shapes: Record<string, readonly number[]> = {}
  const linear = (name: string, out: number, input: number) => {
    shapes[`${name}.weight`] = [out, input]
    shapes[`${name}.bias`] = [out]
  }
  const norm = (name: string) => {
    shapes[`${name}.layer_norm.weight`] = [width]
    shapes[`${name}.layer_norm.bias`] = [width]
  }
  const attention = (name: string, memorySlots = 0) => {
    const [keys, values] = [config.heads * config.keyWidth, config.heads * config.valueWidth]
    linear(`${name}.attention.fc_q`, keys, width)
    linear(`${name}.attention.fc_k`, keys, width)
    linear(`${name}.attention.fc_v`, values, width)
    linear(`${name}.attention.fc_o`, width, values)
    if (memorySlots) {
      shapes[`${name}.attention.m_k`] = [1, memorySlots, keys]
      shapes[`${name}.attention.m_v`] = [1, memorySlots, values]
    }
    norm(name)
  }
  const feedForward = (name: string) => {
    linear(`${name}.fc1`, config.hiddenWidth, width)
    linear(`${name}.fc2`, width, config.hiddenWidth)
    norm(name)
  }

  linear('encoder.fc', width, featureWidth)
  norm('encoder')
  for (let layer = 0; layer < encoderLayers; layer++) {
    attention(`encoder.layers.${layer}.mhatt`, config.memorySlots)
    feedForward(`encoder.layers.${layer}.pwff`)
  }
  shapes['decoder.word_emb.weight'] = [vocabularySize, width]
  shapes['decoder.pos_emb.weight'] = [maxLength + 1, width]
  for (let layer = 0; layer < decoderLayers; layer++) {
    attention(`decoder.layers.${layer}.self_att`)
    attention(`decoder.layers.${layer}.enc_att`)
    if (config.connections === 'meshed')
      for (let i = 1; i <= encoderLayers; i++)
        linear(`decoder.layers.${layer}.fc_alpha${i}`, width, 2 * width)
    feedForward(`decoder.layers.${layer}.pwff`)
  }
  shapes['decoder.fc.weight'] = [vocabularySize, width]
  return shapes
}

/**
 * Parameters to start training from, as the reference starts: Xavier uniform (Glorot and Bengio, 2010) for all of more
 * than one dimension, embeddings, memories and (unless the configuration says otherwise) positions included; biases 0,
 * gains 1.
 */
export function initialParameters(config: ModelConfig, seed: number): HostTensors {
  return Object.fromEntries(
    Object.entries(parameterShapes(config)).map(([name, shape], index): [string, HostTensor] => {
      const data = new Float32Array(sizeOf(shape))
      if (frozen.has(name) && config.positions === 'sinusoid') data.set(sinusoids(config))
      else if (shape.length === 1) data.fill(name.endsWith('layer_norm.weight') ? 1 : 0)
      else {
        const [out = 1, input = 1, ...rest] = shape
        const bound = Math.sqrt(6 / ((out + input) * sizeOf(rest)))
        const key = hash(seed, index)
        for (let i = 0; i < data.length; i++) data[i] = (hash(key, i) / 2 ** 31) * bound
      }
      return [name, { shape, dtype: 'float32', data }]
    }),
  )
}
