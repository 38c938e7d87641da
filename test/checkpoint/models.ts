import { parameterShapes } from '../../lib/model/parameters.js'
import { modelConfig } from '../../lib/model/config.js'
import { Vocabulary } from '../../lib/text/vocabulary.js'
import { sizeOf, type HostTensors } from '../../lib/tensor.js'

/** A model of a few numbers. */
export const tinyConfig = modelConfig.parse({
  vocabularySize: 6,
  maxLength: 4,
  encoderLayers: 2,
  decoderLayers: 1,
  width: 4,
  heads: 2,
  keyWidth: 2,
  valueWidth: 2,
  hiddenWidth: 3,
  memorySlots: 2,
  featureWidth: 5,
  regions: 3,
})

export const tinyVocabulary = (count = 1) =>
  new Vocabulary({
    words: ['<unk>', '<pad>', '<bos>', '<eos>', 'a', 'man'],
    counts: [0, 0, 0, 0, count, count],
  })

/** Weights for a config, all of one value. */
export function filledWith(value: number, config = tinyConfig): HostTensors {
  return Object.fromEntries(
    Object.entries(parameterShapes(config)).map(([name, shape]) => [
      name,
      { dtype: 'float32' as const, shape, data: new Float32Array(sizeOf(shape)).fill(value) },
    ]),
  )
}
