import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { Lexicon, packGroups, type Segments } from '../../lib/metrics/captions.js'
import { Ngrams, numberNgrams } from '../../lib/metrics/ngrams.js'

/** A golden file, gzipped JSON. */
export function readGolden<T>(file: string): T {
  // Golden files are this test's own data, so their shape is taken on trust.
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as T
}

/** Captions by image id, tokens joined by blanks, as the reference's metrics take them. */
export type ByImage = Record<string, string[]>

/** Captions that are tokenised already, as ROUGE-L takes them, and as BLEU and CIDEr do. */
export function segmentsOf(hypotheses: ByImage, references: ByImage) {
  const lexicon = new Lexicon()
  const ngrams = new Ngrams()
  const split = (captions: string[]) => lexicon.byBlanks(captions.map((caption) => caption.split(' ')))
  const images = Object.keys(hypotheses)
  const words: Segments = {
    hypotheses: split(images.map((image) => hypotheses[image]?.[0] ?? '')),
    references: split(images.flatMap((image) => references[image] ?? [])),
    first: packGroups(images.map((image) => references[image]?.length ?? 0)),
  }
  const numbered = {
    references: numberNgrams(lexicon.byWhiteSpace(words.references), ngrams),
    hypotheses: numberNgrams(lexicon.byWhiteSpace(words.hypotheses), ngrams),
    first: words.first,
  }
  return { words, numbered, ngrams }
}
