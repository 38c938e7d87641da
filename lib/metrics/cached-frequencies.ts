import { basename } from 'node:path'
import { countFindings } from '../annotations/findings.js'
import { readAnnotations } from '../annotations/read.js'
import { isGzip } from '../files/gunzip.js'
import { startOf } from '../files/input.js'
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
    name: `${basename(file)}:${sizes.length}`,
    frequencies(lexicon, ngrams) {
      const references = lexicon.byWhiteSpace(lexicon.byBlanks(tokens))
      return countDocuments(numberNgrams(references, ngrams), ngrams, packGroups(sizes))
    },
  }
}

async function unpickle(file: string): Promise<CachedFrequencies> {
  const { readDocumentFrequencies } = await import('./document-frequencies.js')
  const { frequencies, documents } = await readDocumentFrequencies(file)
  return {
    name: `${basename(file)}:${documents}`,
    frequencies(lexicon, ngrams) {
      const counts: number[] = [0]
      for (const [words, count] of frequencies) {
        let ngram = root
        for (const word of words.split(' ')) ngram = ngrams.add(ngram, lexicon.number(word))
        while (counts.length < ngrams.size) counts.push(0)
        counts[ngram] = count
      }
      return { ngrams, counts: Int32Array.from(counts), documents }
    },
  }
}
