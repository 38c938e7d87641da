import { captionsRecord } from '../records.js'
import { defineStage } from '../stage.js'

export default defineStage({
  name: 'tokenize',
  input: captionsRecord,
  options: {
    tokenizer: {
      choices: ['spacy'],
      default: 'spacy',
      describe: 'Rules: spacy as captions are split for training',
    },
  },
  examples: [
    ['m2 captions captions.json | m2 tokenize | m2 vocab > vocab.json', 'A vocabulary for training'],
  ],
  async *run(records, { tokenizer }, context) {
    const tokenize = await tokenizers[tokenizer]()
    yield* context.each(records, (record) => ({ ...record, tokens: tokenize(record.captions) }))
  },
})

/** The captions of one image to the words of each; one without words, or of punctuation only, keeps its place. */
type Tokenize = (captions: readonly string[]) => string[][]

const tokenizers = {
  async spacy(): Promise<Tokenize> {
    const { captionTokens } = await import('../text/spacy.js')
    return (captions) => captions.map(captionTokens)
  },
}
