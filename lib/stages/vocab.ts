import { DataError } from '../errors.js'
import { tokensRecord } from '../records.js'
import { defineStage } from '../stage.js'

export default defineStage({
  name: 'vocab',
  input: tokensRecord,
  options: {
    minFreq: {
      type: 'integer',
      min: 1,
      default: 5,
      describe: 'Leave out words that occur fewer times',
      metavar: 'N',
    },
  },
  examples: [
    [
      'm2 captions captions.json | m2 tokenize | m2 vocab > vocab.json',
      'Words that occur five times or more',
    ],
  ],
  async *run(records, { minFreq }) {
    const { buildVocabulary } = await import('../text/vocab.js')
    const counts = new Map<string, number>()
    for await (const { tokens } of records)
      for (const caption of tokens) for (const word of caption) counts.set(word, (counts.get(word) ?? 0) + 1)
    const vocabulary = buildVocabulary(counts, minFreq)
    if (vocabulary.size === 4)
      throw new DataError(
        counts.size === 0
          ? 'expected records with words in their tokens, got none: nothing to make a vocabulary of'
          : `none of the ${counts.size} words occurs ${minFreq} times: --min-freq 1 keeps them all`,
      )
    yield vocabulary.toJSON()
  },
})
