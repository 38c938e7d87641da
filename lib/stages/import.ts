/** `m2 import`: a PyTorch checkpoint as a model directory. */
import { resolve } from 'node:path'
import { DataError } from '../errors.js'
import { defineStage } from '../stage.js'

export default defineStage({
  name: 'import',
  positional: {
    file: { required: true, describe: 'Weights: a PyTorch checkpoint or .safetensors', metavar: 'FILE' },
  },
  options: {
    vocab: {
      required: true,
      describe: "Vocabulary that the model was trained with: JSON of m2 vocab, or the reference's vocab.pkl",
      metavar: 'FILE',
    },
    out: { required: true, describe: 'Model directory to write', metavar: 'DIR' },
    heads: {
      type: 'integer',
      min: 1,
      default: 8,
      describe: 'Attention heads, which the weights do not show',
      metavar: 'N',
    },
    regions: {
      type: 'integer',
      min: 1,
      default: 50,
      describe: 'Regions that images are padded or cut to',
      metavar: 'N',
    },
    overwrite: { type: 'boolean', describe: 'Replace the model in --out' },
  },
  examples: [
    [
      'm2 import meshed_memory_transformer.pth --vocab vocab.pkl --out runs/m2',
      'The published model and vocabulary, ready for m2 decode',
    ],
  ],
  async *run(_, { file, vocab, out, heads, regions, overwrite }) {
    const { loadVocabulary } = await import('../text/vocabulary.js')
    const { writeModelDirectory } = await import('../checkpoint/directory.js')
    const { checkVacant } = await import('../checkpoint/vacancy.js')
    const { checkParameters, readWeights } = await import('../checkpoint/weights.js')
    const { configOf } = await import('../checkpoint/infer-config.js')

    await checkVacant(out, overwrite)
    const tensors = await readWeights(file)
    const config = configOf(tensors, { heads, regions }, file)
    const parameters = checkParameters(tensors, config, file)
    const vocabulary = await loadVocabulary(vocab)
    if (vocabulary.size !== config.vocabularySize)
      throw new DataError(
        `${vocab}: expected the ${config.vocabularySize} words that ${file} was trained with, found ${vocabulary.size}`,
      )
    const origin = { imported: resolve(file) }
    await writeModelDirectory(out, { config: { model: config, origin }, parameters, vocabulary })
    const sizes = Object.values(parameters).map(({ data }) => data.length)
    yield { model: out, parameters: sizes.reduce((sum, size) => sum + size, 0), config }
  },
})
