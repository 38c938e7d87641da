/** A model's words and their ids: built, read and checked. */

import { createHash } from 'node:crypto'
import * as z from 'zod'
import { DataError, messageOf } from '../errors.js'
import { startOf } from '../files/input.js'
import { readWhole } from '../files/read.js'
import { binaryKind } from '../formats/kinds.js'
import { misfitOf } from '../formats/misfit.js'
import { readPickle } from '../formats/pickle/pickle.js'
import { Instance, instancesOf, type Constructors } from '../formats/pickle/python.js'

/** The first four words of every vocabulary. */
export const specialWords = ['<unk>', '<pad>', '<bos>', '<eos>'] as const

/** A vocabulary as JSON: words in the order of their ids, and how often each occurred (0 for special words). */
export const vocabularyDocument = z
  .object({ words: z.array(z.string()), counts: z.array(z.number().int().nonnegative()) })
  .refine(({ words, counts }) => words.length === counts.length, 'expected as many counts as words')
  .refine(({ words }) => new Set(words).size === words.length, 'a word occurs twice')
  .refine(({ words }) => specialWords.every((word, id) => words[id] === word), {
    error: `expected ${specialWords.join(' ')} as the first words`,
  })

export type VocabularyDocument = z.infer<typeof vocabularyDocument>

/** The words that a model knows, by id. */
export class Vocabulary {
  readonly words: readonly string[]
  readonly counts: readonly number[]
  readonly #ids: ReadonlyMap<string, number>
  #hash: string | undefined

  /** @throws DataError where the special words are not first, a word occurs twice, or counts are missing */
  constructor(document: { readonly words: readonly string[]; readonly counts: readonly number[] }) {
    const parsed = vocabularyDocument.safeParse(document)
    if (!parsed.success) throw new DataError(`not a vocabulary: ${misfitOf(parsed.error)}`)
    this.words = parsed.data.words
    this.counts = parsed.data.counts
    this.#ids = new Map(this.words.map((word, id) => [word, id]))
  }

  get size(): number {
    return this.words.length
  }

  /** The id of a word; that of `<unk>` for an unknown word. */
  id(word: string): number {
    return this.#ids.get(word) ?? 0
  }

  /** Ids of a caption's words, without `<bos>` and `<eos>`. */
  encode(tokens: readonly string[]): number[] {
    return tokens.map((token) => this.id(token))
  }

  /**
   * Words of a caption, up to the first `<eos>`.
   *
   * @throws DataError for an id without a word
   */
  decode(ids: Iterable<number>): string[] {
    const words: string[] = []
    for (const id of ids) {
      const word = this.words[id]
      if (word === undefined)
        throw new DataError(
          `expected ids from 0 to ${this.size - 1} of a vocabulary of ${this.size} words, got ${id}`,
        )
      if (word === '<eos>') break
      words.push(word)
    }
    return words
  }

  /** Identifies a vocabulary: two have the same hash if their words have the same ids. */
  get hash(): string {
    this.#hash ??= createHash('sha256').update(JSON.stringify(this.words)).digest('hex').slice(0, 16)
    return this.#hash
  }

  toJSON(): VocabularyDocument {
    return { words: [...this.words], counts: [...this.counts] }
  }
}

/**
 * The vocabulary of counted words: the special words, then those that occur at least `minFrequency` times, the most
 * frequent first, equally frequent ones by code point, as in the reference (torchtext 0.x). The count of a special word
 * is 0.
 */
export function buildVocabulary(counts: ReadonlyMap<string, number>, minFrequency: number): Vocabulary {
  const special: ReadonlySet<string> = new Set(specialWords)
  const counted = [...counts]
    .filter(([word, count]) => count >= minFrequency && !special.has(word))
    .sort(([a, m], [b, n]) => n - m || byCodePoint(a, b))
  return new Vocabulary({
    words: [...specialWords, ...counted.map(([word]) => word)],
    counts: [...specialWords.map(() => 0), ...counted.map(([, count]) => count)],
  })
}

/**
 * Reads a vocabulary: the JSON of `m2 vocab`, the reference's vocab.pkl, self-critical's JSON with `ix_to_word`, or a list
 * of words, as JSON or one a line.
 */
export async function loadVocabulary(file: string): Promise<Vocabulary> {
  if (await isPickle(file)) return readVocabPickle(file)
  const { wordsIn } = await import('./word-lists.js')
  const words = await wordsIn(file)
  if (!words) return readVocabulary(file)
  const all = [...specialWords, ...words]
  return new Vocabulary({ words: all, counts: all.map(() => 0) })
}

/**
 * Reads the reference's vocab.pkl: a pickled Vocab of torchtext, with `itos`, the words in the order of their ids, and
 * `freqs`, how often each occurred.
 *
 * @throws DataError where it is not such a pickle, or names anything but data
 */
export async function readVocabPickle(file: string): Promise<Vocabulary> {
  const { value } = readPickle(await readWhole(file), { where: file, constructors })
  const attributes = value instanceof Instance ? value.state : value
  const words: unknown = attributes instanceof Map ? attributes.get('itos') : undefined
  const counts: unknown = attributes instanceof Map ? attributes.get('freqs') : undefined
  if (!isWords(words) || !(counts instanceof Map))
    throw new DataError(`${file}: expected a pickled vocabulary with itos and freqs`)
  try {
    return new Vocabulary({ words, counts: words.map((word) => Number(counts.get(word) ?? 0)) })
  } catch (error) {
    throw error instanceof DataError ? new DataError(`${file}: ${error.message}`) : error
  }
}

const classes = ['data.vocab.Vocab', 'torchtext.vocab.Vocab', 'torchtext.legacy.vocab.Vocab', 'vocab.Vocab']
const constructors: Constructors = {
  ...Object.fromEntries(classes.map((name) => [name, instancesOf('Vocab')])),
  // The function that gives the id of unknown words: named by the pickle, never called.
  ...Object.fromEntries(
    classes.map((name) => [name.replace(/Vocab$/, '_default_unk_index'), instancesOf('_default_unk_index')]),
  ),
}

const isWords = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((word) => typeof word === 'string')

/** Whether a file is a pickle: from protocol 2 on they begin with 0x80, which no text does. */
async function isPickle(file: string): Promise<boolean> {
  const [first] = await startOf(file)
  return first === 0x80 || /\.(pkl|pickle|p)$/.test(file)
}

/** Reads a vocabulary document. Throws DataError with the file where it is not one. */
export async function readVocabulary(file: string): Promise<Vocabulary> {
  const bytes = await readWhole(file)
  const kind = binaryKind(bytes)
  if (kind !== undefined)
    throw new DataError(`${file}: expected a vocabulary as m2 vocab writes it, got ${kind}`)
  const text = bytes.toString('utf8')
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new DataError(`${file}: expected a vocabulary as m2 vocab writes it: ${messageOf(error)}`)
  }
  const parsed = vocabularyDocument.safeParse(document)
  if (parsed.success) return new Vocabulary(parsed.data)
  throw new DataError(`${file}: expected a vocabulary as m2 vocab writes it: ${misfitOf(parsed.error)}`)
}

/** Compares by code point; JavaScript compares UTF-16 units, which puts U+10000 and above before U+E000. */
function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  let i = 0
  while (i < length && a[i] === b[i]) i++
  if (i === length) return a.length - b.length
  // Surrogate pairs with the same first half differ in the second, and second halves compare as code points do.
  return (a.codePointAt(i) ?? 0) - (b.codePointAt(i) ?? 0)
}
