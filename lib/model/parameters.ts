import { sizeOf, type HostTensor, type HostTensors } from '../tensor.js'
import type { ModelConfig } from './config.js'
import { hash } from '../random.js'
import { sinusoids } from './positions.js'

/** The shape of each tensor, by name. */
export type Shapes = Readonly<Record<string, readonly number[]>>

/**
 * The parameters that are not trained: the table of positions. The paper's is of sinusoids; the reference overwrites them
 * when it initialises every matrix at random, and does not train what it wrote, so a model's own table has to be kept.
 */
export const frozen: ReadonlySet<string> = new Set(['decoder.pos_emb.weight'])

/** The names and shapes of a model's parameters: those of the reference's checkpoints, weights (out, in). */
export function parameterShapes(config: ModelConfig): Shapes {
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
    ...layered(gates, (i) => linear(`${name}.fc_alpha${i + 1}`, 2 * width, width)),
    ...feedForward(`${name}.pwff`),
  })
  return {
    ...linear('encoder.fc', featureWidth, width),
    ...norm('encoder.layer_norm'),
    ...layered(config.encoderLayers, (i) => encoderLayer(`encoder.layers.${i}`)),
    'decoder.word_emb.weight': [config.vocabularySize, width],
    'decoder.pos_emb.weight': [config.maxLength + 1, width],
    ...layered(config.decoderLayers, (i) => decoderLayer(`decoder.layers.${i}`)),
    'decoder.fc.weight': [config.vocabularySize, width],
  }
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

/** The entries of layers 0 up to `count`, together. */
export function layered<T>(
  count: number,
  of: (index: number) => Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.assign({}, ...Array.from({ length: count }, (_, index) => of(index)))
}
