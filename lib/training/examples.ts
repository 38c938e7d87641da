/** Training examples: records as training keeps them, captions in word ids. */
import { createHash } from 'node:crypto'
import { DataError } from '../errors.js'
import type { Features, ImageRecord } from '../records.js'
import type { Vocabulary } from '../text/vocabulary.js'
import { areOwn, type Referenced } from './references.js'

/** One image: where its features are, and its captions in word ids. The features themselves are read for each batch. */
export interface Example extends Referenced {
  readonly features: Features
  /** Without `<bos>` and `<eos>`; captions without words are left out. */
  readonly captions: readonly Int32Array[]
}

export interface ExampleOptions {
  readonly vocabulary: Vocabulary
  /** Most words of a caption: the model's maximum length without `<bos>`. */
  readonly longest: number
  /** Longer captions are cut instead of being an error. */
  readonly cut?: boolean
  /** Splits captions of records without tokens. */
  tokenize(captions: readonly string[]): string[][]
}

/**
 * The example of a record.
 *
 * @throws DataError where features or captions are missing, or a caption is longer than the model takes
 */
export function toExample(record: ImageRecord & { features?: Features }, options: ExampleOptions): Example {
  const { image_id: id } = record
  const tokens = wordsOf(record, options)
  if (!record.features)
    throw new DataError(`expected features for image ${id}; m2 features FILE.hdf5 adds them`)
  const captions: Int32Array[] = []
  for (const words of tokens) {
    if (words.length > options.longest && !options.cut)
      throw new DataError(
        `image ${id}: a caption has ${words.length} words, the model takes ${options.longest}; ` +
          `--cut-captions cuts it: "${words.slice(0, 8).join(' ')} ..."`,
      )
    if (words.length > 0)
      captions.push(Int32Array.from(options.vocabulary.encode(words.slice(0, options.longest))))
  }
  if (captions.length === 0) throw new DataError(`expected captions with words for image ${id}, got none`)
  if (captions.every((ids) => ids.every((word) => word === 0)))
    throw new DataError(
      `image ${id}: no word of its captions is in the vocabulary; is it the vocabulary of these captions?`,
    )
  const spoken = tokens.filter((words) => words.length > 0).map((words) => words.join(' '))
  const texts = isStrings(record['captions']) ? record['captions'] : spoken
  const example = { id, features: record.features, captions, texts }
  if (!isTokens(record.tokens) || !areOwn(tokens, record['captions'])) return example
  return { ...example, tokens: tokens.filter((words) => words.length > 0) }
}

function wordsOf(record: ImageRecord, { tokenize }: ExampleOptions): string[][] {
  const { tokens, captions, image_id: id } = record
  if (isTokens(tokens)) return tokens
  if (isStrings(captions)) return tokenize(captions)
  throw new DataError(`expected "tokens" or "captions" for image ${id}, lists of captions; got neither`)
}

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
const isTokens = (value: unknown): value is string[][] => Array.isArray(value) && value.every(isStrings)

/** A hash of examples, so that a resumed run can check that it has the ones it began with. */
export function fingerprint(examples: readonly Example[]): string {
  const sum = createHash('sha256')
  for (const { id, texts, captions } of examples)
    sum.update(JSON.stringify([id, texts, captions.map((ids) => [...ids])]))
  return sum.digest('hex').slice(0, 16)
}
