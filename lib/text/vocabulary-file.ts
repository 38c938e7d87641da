import { DataError } from '../errors.js'
import { readWhole, withFile } from '../files/read.js'
import { readVocabulary, Vocabulary } from './vocabulary.js'
import { readPickle } from '../formats/pickle/pickle.js'
import { Instance, instancesOf, type Constructors } from '../formats/pickle/python.js'

/** Reads a vocabulary: the JSON of `m2 vocab`, or the reference's vocab.pkl. */
export async function loadVocabulary(file: string): Promise<Vocabulary> {
  return (await isPickle(file)) ? readVocabPickle(file) : readVocabulary(file)
}

/**
 * Reads the reference's vocab.pkl: a pickled Vocab of torchtext's, with `itos`, words in the order of their ids, and
 * `freqs`, how often each occurred.
 *
 * @throws DataError where it is no such pickle, or one that names anything but data
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
  // The factory of ids for words that are not there: named by the pickle, never called.
  ...Object.fromEntries(
    classes.map((name) => [name.replace(/Vocab$/, '_default_unk_index'), instancesOf('_default_unk_index')]),
  ),
}

const isWords = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((word) => typeof word === 'string')

/** Protocols from 2 on begin with 0x80, a byte that no text begins with; a JSON document begins with `{`. */
async function isPickle(file: string): Promise<boolean> {
  const { buffer, bytesRead } = await withFile(file, (handle) => handle.read(new Uint8Array(1), 0, 1, 0))
  return (bytesRead === 1 && buffer[0] === 0x80) || /\.(pkl|pickle|p)$/.test(file)
}
