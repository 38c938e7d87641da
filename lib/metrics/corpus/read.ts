/** From files or records to the statistics of a corpus. */
import { readCandidates, type Candidate } from '../../annotations/candidates.js'
import { DataError, messageOf } from '../../errors.js'
import type { Context } from '../../stage.js'
import { checkLength } from '../../text/caption-length.js'
import { version } from '../../version.js'
import type { Annotator } from './annotate.js'
import { collectCandidates, isDecoded, pairCandidates } from './gather.js'
import type { Pair } from './pairing.js'
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
  tokenizer: keyof typeof tokenizers
  /** Of captions that `unicode` or `characters` splits. */
  language?: string | undefined
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
  const { candidates: file, by, tokenizer, language } = options
  const from = file ?? 'stdin'
  const source = file === undefined ? records : readCandidates(file)
  const candidates = await collectCandidates(source, from, context)
  if (candidates.length === 0) throw new DataError(`${from}: expected captions to score, found none`)
  const pairs = await pairCandidates(candidates, { ...options, ownTokens: tokenizer === 'none' }, context)
  if (pairs.length === 0)
    throw new DataError(
      `${from}: none of its ${candidates.length} captions is of an image with references in ${options.references ?? 'the records'}`,
    )
  for (const { image_id, caption, references } of pairs)
    checkLengths([caption, ...references], `image ${image_id}`)
  await annotator.prepare(pairs.length)
  const repeats = repeatsOf(candidates, options)
  const items: GroupedItem[] = tokenizePairs(
    pairs,
    repeats === 'dropped',
    await tokenizers[tokenizer](language),
  )
  const grouped =
    by === undefined ? items : items.map((item, i) => ({ ...item, group: groupOf(pairs[i]!, by) }))
  return {
    settings: {
      tokenizer: ownTokens(pairs)
        ? 'own'
        : tokenizer in ownByLanguage
          ? `${tokenizer}:${language ?? 'und'}`
          : tokenizer,
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
  for (const { image_id, caption } of candidates) checkLengths([caption], `${file}: image ${image_id}`)
  await annotator.prepare(items.length)
  const dropRepeats = repeatsOf(candidates, options) === 'dropped'
  const tokenizer = await tokenizers[options.tokenizer](options.language)
  return annotator.annotate(replaceHypotheses(items, candidates, { source: file, dropRepeats, tokenizer }))
}

/** Tokenizers of any language. */
const ownByLanguage = {
  async unicode(language = 'und'): Promise<Tokenizer> {
    const tokenize = (await import('../../text/unicode.js')).unicodeTokenizer(language)
    return (captions) => captions.map(tokenize)
  },
  async characters(language = 'und'): Promise<Tokenizer> {
    const tokenize = (await import('../../text/unicode.js')).characterTokenizer(language)
    return (captions) => captions.map(tokenize)
  },
}

export const tokenizers = {
  ...ownByLanguage,
  async ptb(_language?: string): Promise<Tokenizer> {
    return (await import('../../text/ptb/ptb.js')).ptbTokenize
  },
  async none(_language?: string): Promise<Tokenizer> {
    return noTokenizer
  },
}

/** Throws DataError with the image for a caption that is too long to be one, whatever the tokenizer. */
function checkLengths(captions: readonly string[], where: string): void {
  try {
    for (const caption of captions) checkLength(caption)
  } catch (error) {
    throw new DataError(`${where}: ${messageOf(error)}`, { cause: error })
  }
}

/** Whether the references are the records' own tokens. Throws DataError where that is so for some and not for others. */
function ownTokens(pairs: readonly Pair[]): boolean {
  const own = pairs.filter((pair) => pair.own).length
  const other = pairs.find((pair) => !pair.own)
  if (own > 0 && other)
    throw new DataError(
      `--tokenizer none: ${own} of ${pairs.length} images have references with "tokens" of their own, and image ` +
        `${other.image_id} has not: their scores would not compare`,
    )
  return own > 0
}

function repeatsOf(candidates: readonly Candidate[], { collapseRepeats, noCollapseRepeats }: CorpusOptions) {
  return collapseRepeats || (isDecoded(candidates) && !noCollapseRepeats) ? 'dropped' : 'kept'
}
