/** `m2 tokenize`: captions split into words. */
import { UsageError } from '../errors.js'
import { captionsRecord, type CaptionsRecord } from '../records.js'
import { defineStage, type Context } from '../stage.js'

export default defineStage({
  name: 'tokenize',
  input: captionsRecord,
  options: {
    tokenizer: {
      choices: ['spacy', 'ptb', 'unicode', 'characters'],
      default: 'spacy',
      describe:
        'Tokenizer: for English spacy for training, ptb for scoring; for other languages words by unicode, or characters: docs/languages.md',
    },
    language: {
      metavar: 'CODE',
      describe:
        'Language of the captions, for unicode and characters: zh, ja, ko, de, fr, ...; default: und, any',
    },
  },
  examples: [
    ['m2 captions captions.json | m2 tokenize | m2 vocab > vocab.json', 'A vocabulary for training'],
    ['m2 captions coco-cn.json | m2 tokenize --tokenizer unicode --language zh', 'Chinese words'],
  ],
  async *run(records, { tokenizer, language }, context) {
    if (language !== undefined && (tokenizer === 'spacy' || tokenizer === 'ptb'))
      throw new UsageError(
        `--tokenizer ${tokenizer} is for English: --language is for unicode and characters`,
      )
    const tokenize = tokenizers[tokenizer]
    for await (const [record, tokens] of tokenize(records, context, language ?? 'und')) {
      yield { ...record, tokens }
    }
  },
})

/** The words of each caption of a record; one without words, or of punctuation only, keeps its place. */
type Tokenizer = (
  records: AsyncIterable<CaptionsRecord>,
  context: Context,
  language: string,
) => AsyncIterable<[record: CaptionsRecord, tokens: string[][]]>

const tokenizers: Record<'spacy' | 'ptb' | 'unicode' | 'characters', Tokenizer> = {
  async *spacy(records, context) {
    const { captionTokens } = await import('../text/spacy/spacy.js')
    yield* context.each(records, (record) => [record, record.captions.map(captionTokens)])
  },
  async *ptb(records) {
    const { ptbTokenizeStream } = await import('../text/ptb/ptb.js')
    yield* ptbTokenizeStream(records, ({ captions }) => captions)
  },
  async *unicode(records, context, language) {
    const { unicodeTokenizer } = await import('../text/unicode.js')
    const tokenize = unicodeTokenizer(language)
    yield* context.each(records, (record) => [record, record.captions.map(tokenize)])
  },
  async *characters(records, context, language) {
    const { characterTokenizer } = await import('../text/unicode.js')
    const tokenize = characterTokenizer(language)
    yield* context.each(records, (record) => [record, record.captions.map(tokenize)])
  },
}
