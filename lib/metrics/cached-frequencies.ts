/** Document frequencies from a file: the community's pickle, or captions to count them in. */
import { basename } from 'node:path'
import { countFindings } from '../annotations/findings.js'
import { readAnnotations } from '../annotations/read.js'
import { DataError } from '../errors.js'
import { isGzip } from '../files/gunzip.js'
import { isPipe, startOf } from '../files/input.js'
import { readWhole } from '../files/read.js'
import { readPickle } from '../formats/pickle/pickle.js'
import { packGroups, type Lexicon } from './captions.js'
import { countDocuments, type DocumentFrequencies } from './frequencies.js'
import type { Tokenizer } from './corpus/items.js'
import { numberNgrams, root, type Ngrams } from './ngrams.js'

/** Document frequencies of captions other than those scored. */
export interface CachedFrequencies {
  /** For signatures. */
  name: string
  frequencies(lexicon: Lexicon, ngrams: Ngrams): DocumentFrequencies
}

/**
 * Reads document frequencies: the community's pickle {document_frequency, ref_len} (coco-train-df.p and its like), or
 * captions to count them in, an image one document.
 */
export async function readFrequencies(file: string, tokenizer: Tokenizer): Promise<CachedFrequencies> {
  return (await isText(file)) ? await countFile(file, tokenizer) : await unpickle(file)
}

/** Captions are JSON or gzip; a pickled dict starts like neither. */
async function isText(file: string): Promise<boolean> {
  const start = Buffer.from(await startOf(file))
  return isGzip(start) || /^\s*[{[]\s*["{]/.test(start.toString('latin1', 0, 256))
}

const nameOf = async (file: string) => ((await isPipe(file)) ? 'pipe' : basename(file))

async function countFile(file: string, tokenizer: Tokenizer): Promise<CachedFrequencies> {
  const captions: string[] = []
  const sizes: number[] = []
  const findings = countFindings(file, {
    note: () => undefined,
    reject(error) {
      throw error
    },
  })
  for await (const image of readAnnotations(file, findings)) {
    if (image.captions.length === 0) continue
    sizes.push(image.captions.length)
    for (const { text } of image.captions) captions.push(text)
  }
  const tokens = tokenizer(captions)
  return {
    name: `${await nameOf(file)}:${sizes.length}`,
    frequencies(lexicon, ngrams) {
      const references = lexicon.byWhiteSpace(lexicon.byBlanks(tokens))
      return { ...countDocuments(numberNgrams(references, ngrams), ngrams, packGroups(sizes)), source: file }
    },
  }
}

async function unpickle(file: string): Promise<CachedFrequencies> {
  const { frequencies, documents } = await readDocumentFrequencies(file)
  return {
    name: `${await nameOf(file)}:${documents}`,
    frequencies(lexicon, ngrams) {
      const counts: number[] = [0]
      for (const [words, count] of frequencies) {
        let ngram = root
        for (const word of words.split(' ')) ngram = ngrams.add(ngram, lexicon.number(word))
        while (counts.length < ngrams.size) counts.push(0)
        counts[ngram] = count
      }
      const [example = ''] = frequencies.keys()
      const source = `${file}, document frequencies of n-grams such as ${JSON.stringify(example)}`
      return { ngrams, counts: Int32Array.from(counts), documents, source }
    },
  }
}

/** In how many documents n-grams occur, as CIDEr weighs them. */
export interface StoredFrequencies {
  /** By n-gram, its words joined by blanks. */
  frequencies: ReadonlyMap<string, number>
  documents: number
}

/**
 * Reads a pickle of document frequencies, as the field's CIDEr scorers exchange them (coco-train-words.p and the like):
 * a dict of `document_frequency`, n-grams as tuples of words to counts, and `ref_len`. That is the number of documents in
 * some of these files and its logarithm in others; no n-gram is in more documents than there are, which tells them apart.
 */
export async function readDocumentFrequencies(file: string): Promise<StoredFrequencies> {
  const { value } = readPickle(await readWhole(file), {
    where: `${file} (expected captions, or a pickle of document frequencies)`,
  })
  const counts: unknown = value instanceof Map ? value.get('document_frequency') : undefined
  const length: unknown = value instanceof Map ? value.get('ref_len') : undefined
  if (!(counts instanceof Map) || typeof length !== 'number' || !(length > 0))
    throw new DataError(`${file}: expected a pickled dict with document_frequency and ref_len`)
  const frequencies = new Map<string, number>()
  let most = 0
  for (const [ngram, count] of counts) {
    if (!Array.isArray(ngram) || typeof count !== 'number' || !(count >= 0))
      throw new DataError(
        `${file}: expected tuples of words and their counts, got ${String(ngram)}: ${String(count)}`,
      )
    frequencies.set(ngram.join(' '), count)
    most = Math.max(most, count)
  }
  return { frequencies, documents: length < most ? Math.round(Math.exp(length)) : length }
}
