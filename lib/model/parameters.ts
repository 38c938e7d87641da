/** The parameters of a model: their names and shapes in files, their records by layer, and their initial values. */
import { DataError } from '../errors.js'
import type { Tensors } from '../engine/engine.js'
import { sizeOf, type HostTensor, type HostTensors } from '../tensor.js'
import type { ModelConfig } from './config.js'
import type { AttentionBlock, FeedForward, LayerNorm, Linear, MeshedMemoryTransformer } from './modules.js'
import { hash } from '../random.js'

/** The records of a model's tensors. @throws DataError that names a missing one */
export const recordsOf = (config: ModelConfig, tensors: Tensors): MeshedMemoryTransformer =>
  build(config, (name) => {
    const tensor = tensors[name]
    if (!tensor) throw new DataError(`the model has no parameter ${name}; its configuration asks for one`)
    return tensor
  })

/** The shape of each tensor, by name. */
export type Shapes = Readonly<Record<string, readonly number[]>>

/** The names and shapes of a model's parameters: those of the reference's checkpoints, weights (out, in). */
export function parameterShapes(config: ModelConfig): Shapes {
  const shapes: Record<string, readonly number[]> = {}
  build(config, (name, shape) => void (shapes[name] = shape))
  return shapes
}

const positionTable = 'decoder.pos_emb.weight'

/**
 * The parameters that are not trained: the table of positions. The paper's holds sinusoids. The reference overwrites it
 * when it initialises every matrix at random, and does not train it afterwards, so a model has to keep its own table.
 */
export const frozen: ReadonlySet<string> = new Set([positionTable])

/**
 * Initial parameters, as the reference draws them: Xavier uniform (Glorot and Bengio, 2010) for every tensor of more than
 * one dimension, embeddings, memory slots and (unless the configuration says otherwise) positions included; biases 0,
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

/**
 * The sinusoids that mark positions (Vaswani et al., 2017, section 3.5). Row 0, which no word has, is zero.
 *
 * @returns (maxLength + 1, width), row-major
 */
function sinusoids({ maxLength, width }: ModelConfig): Float32Array {
  const table = new Float32Array((maxLength + 1) * width)
  for (let position = 1; position <= maxLength; position++)
    for (let i = 0; i < width; i++) {
      const angle = position / 10000 ** ((2 * Math.floor(i / 2)) / width)
      table[position * width + i] = i % 2 ? Math.cos(angle) : Math.sin(angle)
    }
  return table
}

/**
 * The records of a model, each tensor made by `leaf` from its name in the reference's checkpoints and its shape. Leaves
 * are made in the order of the file, which the seeds of {@link initialParameters} depend on.
 */
function build<T>(
  config: ModelConfig,
  leaf: (name: string, shape: readonly number[]) => T,
): MeshedMemoryTransformer<T> {
  const { width, heads, keyWidth, valueWidth, hiddenWidth, memorySlots, featureWidth } = config
  const matrix = (name: string, inputs: number, outputs: number): Linear<T> => ({
    path: `${name}.`,
    weight: leaf(`${name}.weight`, [outputs, inputs]),
  })
  const linear = (name: string, inputs: number, outputs: number): Linear<T> => ({
    ...matrix(name, inputs, outputs),
    bias: leaf(`${name}.bias`, [outputs]),
  })
  const norm = (name: string): LayerNorm<T> => ({
    gain: leaf(`${name}.layer_norm.weight`, [width]),
    bias: leaf(`${name}.layer_norm.bias`, [width]),
  })
  const attention = (name: string): AttentionBlock<T> => ({
    path: `${name}.`,
    attention: {
      heads,
      query: linear(`${name}.attention.fc_q`, width, heads * keyWidth),
      key: linear(`${name}.attention.fc_k`, width, heads * keyWidth),
      value: linear(`${name}.attention.fc_v`, width, heads * valueWidth),
      output: linear(`${name}.attention.fc_o`, heads * valueWidth, width),
    },
    norm: norm(name),
  })
  const memoryAttention = (name: string): AttentionBlock<T> => {
    const block = attention(name)
    if (memorySlots === 0) return block
    const memory = {
      keys: leaf(`${name}.attention.m_k`, [1, memorySlots, heads * keyWidth]),
      values: leaf(`${name}.attention.m_v`, [1, memorySlots, heads * valueWidth]),
    }
    return { ...block, attention: { ...block.attention, memory } }
  }
  const feedForward = (name: string): FeedForward<T> => ({
    path: `${name}.`,
    hidden: linear(`${name}.fc1`, width, hiddenWidth),
    output: linear(`${name}.fc2`, hiddenWidth, width),
    norm: norm(name),
  })
  const gates = config.connections === 'meshed' ? config.encoderLayers : 0
  return {
    encoder: {
      input: linear('encoder.fc', featureWidth, width),
      norm: norm('encoder'),
      layers: times(config.encoderLayers, (i) => ({
        selfAttention: memoryAttention(`encoder.layers.${i}.mhatt`),
        feedForward: feedForward(`encoder.layers.${i}.pwff`),
      })),
    },
    decoder: {
      words: leaf('decoder.word_emb.weight', [config.vocabularySize, width]),
      positions: leaf(positionTable, [config.maxLength + 1, width]),
      layers: times(config.decoderLayers, (layer) => ({
        selfAttention: attention(`decoder.layers.${layer}.self_att`),
        crossAttention: attention(`decoder.layers.${layer}.enc_att`),
        gates: times(gates, (i) => linear(`decoder.layers.${layer}.fc_alpha${i + 1}`, 2 * width, width)),
        feedForward: feedForward(`decoder.layers.${layer}.pwff`),
      })),
      output: matrix('decoder.fc', width, config.vocabularySize),
    },
  }
}

/** 0 up to `count`, each made into something. */
const times = <T>(count: number, of: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => of(index))
