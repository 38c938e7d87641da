import { join } from 'node:path'
import { writeModelDirectory } from '../../lib/checkpoint/directory.js'
import { createFeatureFile } from '../../lib/formats/hdf5/writer.js'
import { modelConfig, type ModelConfig } from '../../lib/model/config.js'
import { hash } from '../../lib/random.js'
import { initialParameters } from '../../lib/model/parameters.js'
import type { HostTensors } from '../../lib/tensor.js'
import { Vocabulary } from '../../lib/text/vocabulary.js'

/** A model of random weights, small enough for a test, and features for it. */
export const toyConfig: ModelConfig = modelConfig.parse({
  vocabularySize: 30,
  maxLength: 12,
  encoderLayers: 2,
  decoderLayers: 2,
  width: 16,
  heads: 2,
  keyWidth: 8,
  valueWidth: 8,
  hiddenWidth: 16,
  memorySlots: 2,
  featureWidth: 8,
  regions: 5,
})

export const toyWords = [
  '<unk>',
  '<pad>',
  '<bos>',
  '<eos>',
  ...Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i).repeat(2)),
]

export const toyVocabulary = ({ vocabularySize } = toyConfig): Vocabulary => {
  const words = toyWords.slice(0, vocabularySize)
  return new Vocabulary({ words, counts: words.map(() => 1) })
}

/**
 * Parameters; other seeds are other models. As they start they would give words of equal probability: sharper ones give
 * captions that differ and end.
 */
export const toyParameters = (seed = 1, config = toyConfig): HostTensors =>
  Object.fromEntries(
    Object.entries(initialParameters(config, seed)).map(([name, tensor]) => [
      name,
      name === 'decoder.fc.weight' && tensor.dtype === 'float32'
        ? { ...tensor, data: tensor.data.map((x) => 6 * x) }
        : tensor,
    ]),
  )

/** Writes a model directory. */
export async function writeToyModel(directory: string, seed = 1, config = toyConfig): Promise<void> {
  await writeModelDirectory(directory, {
    config: { model: config, decode: { beam: 3, maxLength: 10 } },
    parameters: toyParameters(seed, config),
    vocabulary: toyVocabulary(config),
  })
}

/** Features of images 0 to count - 1, with 1 to `most` regions. @returns records for them */
export async function writeToyFeatures(
  folder: string,
  count: number,
  { most = toyConfig.regions, width = toyConfig.featureWidth } = {},
) {
  const path = join(folder, 'features.hdf5')
  const file = await createFeatureFile(path)
  const records = []
  for (let image = 0; image < count; image++) {
    const regions = 1 + (image % most)
    const data = Float32Array.from({ length: regions * width }, (_, i) => hash(image, i) / 2 ** 30)
    await file.add(`${image}_features`, data, [regions, width])
    records.push({
      image_id: image,
      features: { file: path, dataset: `${image}_features`, shape: [regions, width] },
    })
  }
  await file.close()
  return records
}
