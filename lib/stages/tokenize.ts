/** `m2 tokenize`: captions split into words. */
import { captionsRecord, type CaptionsRecord } from '../records.js'
import { defineStage, type Context } from '../stage.js'

export default defineStage({
  name: 'tokenize',
  input: captionsRecord,
  options: {
    tokenizer: {
      choices: ['spacy', 'ptb'],
      default: 'spacy',
      describe: 'Tokenizer: spacy for training, ptb for scoring',
    },
  },
  examples: [
    ['m2 captions captions.json | m2 tokenize | m2 vocab > vocab.json', 'A vocabulary for training'],
  ],
  async *run(records, { tokenizer }, context) {
    for await (const [record, tokens] of tokenizers[tokenizer](records, context)) yield { ...record, tokens }
  },
})

/** The words of each caption of a record; one without words, or of punctuation only, keeps its place. */
type Tokenizer = (
  records: AsyncIterable<CaptionsRecord>,
  context: Context,
) => AsyncIterable<[record: CaptionsRecord, tokens: string[][]]>

const tokenizers: Record<'spacy' | 'ptb', Tokenizer> = {
  async *spacy(records, context) {
    const { captionTokens } = await import('../text/spacy/spacy.js')
    yield* context.each(records, (record) => [record, record.captions.map(captionTokens)])
  },
  async *ptb(records) {
    const { ptbTokenizeStream } = await import('../text/ptb/ptb.js')
    yield* ptbTokenizeStream(records, ({ captions }) => captions)
  },
}
