/** From files or records to the statistics of a corpus. */
import { readCandidates, type Candidate } from '../../annotations/candidates.js'
import type { Context } from '../../stage.js'
import { version } from '../../version.js'
import type { Annotator } from './annotate.js'
import { collectCandidates, isDecoded, pairCandidates } from './pairing.js'
import {
  countBreaks,
  groupOf,
  noTokenizer,
  replaceHypotheses,
  tokenizePairs,
  type Tokenizer,
} from './items.js'
import type { GroupedItem, Statistics } from './shards.js'

export interface CorpusOptions {
  candidates?: string | undefined
  references?: string | undefined
  intersect: boolean
  keepRejected?: boolean
  tokenizer: 'ptb' | 'none'
  collapseRepeats: boolean
  noCollapseRepeats: boolean
  by?: string | undefined
}

/** What reading a corpus needs beside its files. */
export interface Helpers {
  readonly annotator: Annotator
  readonly context: Context
}

/**
 * Reads captions and their references, splits them into words, and adds METEOR's and SPICE's statistics
 * of each image: everything that scores are computed from.
 *
 * @param records in place of the file `options.candidates`
 */
export async function readCorpus(
  records: AsyncIterable<Candidate>,
  options: CorpusOptions,
  { annotator, context }: Helpers,
): Promise<Statistics> {
  const { candidates: file, by, tokenizer } = options
  const source = file === undefined ? records : readCandidates(file)
  const candidates = await collectCandidates(source, file ?? 'stdin', context)
  const pairs = await pairCandidates(candidates, options, context)
  await annotator.prepare(pairs.length)
  const repeats = repeatsOf(candidates, options)
  const items: GroupedItem[] = tokenizePairs(pairs, repeats === 'dropped', await tokenizers[tokenizer]())
  const grouped =
    by === undefined ? items : items.map((item, i) => ({ ...item, group: groupOf(pairs[i]!, by) }))
  return {
    settings: {
      tokenizer,
      repeats,
      eos: 'none',
      breaks: countBreaks(pairs),
      meteor: annotator.meteor,
      version: version(),
    },
    items: await annotator.annotate(grouped),
  }
}

/** The same images with the captions in a file, to be compared with. */
export async function readOthers(
  file: string,
  items: readonly GroupedItem[],
  options: CorpusOptions,
  { annotator, context }: Helpers,
): Promise<GroupedItem[]> {
  const candidates = await collectCandidates(readCandidates(file), file, context)
  await annotator.prepare(items.length)
  const dropRepeats = repeatsOf(candidates, options) === 'dropped'
  const tokenizer = await tokenizers[options.tokenizer]()
  return annotator.annotate(replaceHypotheses(items, candidates, { source: file, dropRepeats, tokenizer }))
}

export const tokenizers = {
  async ptb(): Promise<Tokenizer> {
    return (await import('../../text/ptb/ptb.js')).ptbTokenize
  },
  async none(): Promise<Tokenizer> {
    return noTokenizer
  },
}

function repeatsOf(candidates: readonly Candidate[], { collapseRepeats, noCollapseRepeats }: CorpusOptions) {
  return collapseRepeats || (isDecoded(candidates) && !noCollapseRepeats) ? 'dropped' : 'kept'
}
