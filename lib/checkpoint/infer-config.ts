/** The configuration of a model, inferred from its weights. */
import { DataError } from '../errors.js'
import { misfitOf } from '../formats/misfit.js'
import { modelConfig, type ModelConfig } from '../model/config.js'
import type { HostTensors } from '../tensor.js'
import { layersOf } from './weights.js'

/** What cannot be read off a model's weights. */
export interface Unseen {
  heads: number
  /** Regions that images were padded or cut to. */
  regions: number
}

/**
 * The configuration of a model, from the reference's names and the shapes of its tensors. Its region mask is that of the
 * reference, which trained the weights.
 *
 * @param file named in errors
 * @throws DataError where the tensors are not those of a Meshed-Memory Transformer, or the heads do not divide their widths
 */
export function configOf(tensors: HostTensors, { heads, regions }: Unseen, file: string): ModelConfig {
  const size = (name: string, axis: number): number => {
    const length = tensors[name]?.shape[axis]
    if (length === undefined)
      throw new DataError(
        `${file}: expected the weights of a Meshed-Memory Transformer, found no ${name} of ${axis + 1} dimensions; it ` +
          `has ${Object.keys(tensors).slice(0, 3).join(', ')}, ...`,
      )
    return length
  }
  const headWidth = (name: string): number => {
    const width = size(name, 0)
    if (width % heads === 0) return width / heads
    throw new DataError(
      `${file}: ${name} has ${width} rows, which ${heads} heads do not divide; give --heads`,
    )
  }
  const attention = 'encoder.layers.0.mhatt.attention'
  const parsed = modelConfig.safeParse({
    vocabularySize: size('decoder.word_emb.weight', 0),
    maxLength: size('decoder.pos_emb.weight', 0) - 1,
    encoderLayers: layersOf(tensors, 'encoder'),
    decoderLayers: layersOf(tensors, 'decoder'),
    width: size('decoder.word_emb.weight', 1),
    heads,
    keyWidth: headWidth(`${attention}.fc_k.weight`),
    valueWidth: headWidth(`${attention}.fc_v.weight`),
    hiddenWidth: size('encoder.layers.0.pwff.fc1.weight', 0),
    memorySlots: tensors[`${attention}.m_k`]?.shape[1] ?? 0,
    featureWidth: size('encoder.fc.weight', 1),
    regions,
    regionMask: 'reference',
    connections: tensors['decoder.layers.0.fc_alpha1.weight'] ? 'meshed' : 'one-to-one',
  })
  if (parsed.success) return parsed.data
  throw new DataError(`${file}: the tensors make no model: ${misfitOf(parsed.error)}`)
}
