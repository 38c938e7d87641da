/** The goldens of this project's own captions: fixtures/goldens/captions.jsonl and scores.json, by pipelines/goldens.py. */
import { readFileSync } from 'node:fs'
import { shared } from '../shared.js'

/** An image: three candidates and its references, as written, and as pycocoevalcap tokenised them. */
export interface GoldenImage {
  candidates: string[]
  references: string[]
  candidate_tokens: string[]
  reference_tokens: string[]
}

/** What a program gave for the candidates of one set: the corpus, and each image. */
export interface Scored {
  score: number
  per: number[]
}
export interface GoldenSet {
  BLEU: { score: number[]; per: number[][] }
  'ROUGE-L': Scored
  'CIDEr-D': Scored
  METEOR: Scored & { statistics: string[] }
  'METEOR own data': Scored & { statistics: string[] }
}

export const goldenFile = (name: string): string => readFileSync(shared('goldens', name)!, 'utf8')

/** Rows of a file of goldens, one JSON value a line; they are the tests' own, so their shape is taken on trust. */
export const goldenRows = <T>(name: string): T[] =>
  goldenFile(name)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T)

export const goldenImages = goldenRows<GoldenImage>('captions.jsonl')
export const goldenSets = (JSON.parse(goldenFile('scores.json')) as { sets: GoldenSet[] }).sets // on trust, as above

/** The tokenised candidates of a set and the references, by the place of the image. */
export function tokensOfSet(set: number) {
  const by = (captionsOf: (image: GoldenImage) => string[]) =>
    Object.fromEntries(goldenImages.map((image, i) => [i, captionsOf(image)]))
  return {
    hypotheses: by((image) => [image.candidate_tokens[set]!]),
    references: by((image) => image.reference_tokens),
  }
}
