/** `m2 vocab`: a vocabulary from words. */
import { DataError } from '../errors.js'
import { tokensRecord, type TokensRecord } from '../records.js'
import { defineStage } from '../stage.js'
import type { Vocabulary } from '../text/vocabulary.js'

export default defineStage({
  name: 'vocab',
  input: tokensRecord,
  reads: ({ from }) => from === undefined,
  options: {
    minFreq: {
      type: 'integer',
      min: 1,
      default: 5,
      describe: 'Leave out words that occur fewer times',
      metavar: 'N',
    },
    from: {
      describe:
        "Read a vocabulary instead: JSON of m2 vocab, the reference's vocab.pkl, self-critical's ix_to_word, or words, one a line; --min-freq does not apply",
      metavar: 'FILE',
    },
  },
  examples: [
    [
      'm2 captions captions.json | m2 tokenize | m2 vocab > vocab.json',
      'Words that occur five times or more',
    ],
    ['m2 vocab --from vocab.pkl > vocab.json', "The reference's published vocabulary"],
  ],
  async *run(records, { minFreq, from }) {
    if (from === undefined) yield (await countWords(records, minFreq)).toJSON()
    else {
      const { loadVocabulary } = await import('../text/vocabulary.js')
      yield (await loadVocabulary(from)).toJSON()
    }
  },
})

async function countWords(records: AsyncIterable<TokensRecord>, minFreq: number): Promise<Vocabulary> {
  const { buildVocabulary, specialWords } = await import('../text/vocabulary.js')
  const counts = new Map<string, number>()
  for await (const { tokens } of records)
    for (const caption of tokens) for (const word of caption) counts.set(word, (counts.get(word) ?? 0) + 1)
  const vocabulary = buildVocabulary(counts, minFreq)
  if (vocabulary.size > specialWords.length) return vocabulary
  throw new DataError(
    counts.size === 0
      ? 'expected records with words in their tokens, got none: nothing to make a vocabulary of'
      : `none of the ${counts.size} words occurs ${minFreq} times: --min-freq 1 keeps them all`,
  )
}
