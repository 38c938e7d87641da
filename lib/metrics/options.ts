/** The options of `m2 score`. */
import { UsageError } from '../errors.js'
import { tableFormats } from '../formats/table.js'
import { metricChoices } from './choice.js'
import { inGroups, type Options, type OptionValues } from '../options.js'

const declared = {
  metrics: {
    many: 'comma',
    choices: metricChoices,
    default: ['bleu', 'meteor', 'rouge', 'cider'],
    describe:
      'What to compute, by any of its names; cider is CIDEr-D; all is all but SPICE, which --spice adds',
  },
  candidates: {
    metavar: 'FILE',
    describe: 'Captions to score instead of stdin: COCO results or records; .gz too',
  },
  references: {
    metavar: 'FILE',
    describe:
      'Reference captions, in any format that m2 captions reads, or as records; default: those in the records',
  },
  keepRejected: {
    type: 'boolean',
    describe: 'Keep references that VizWiz marks as rejected or precanned, which its scorer drops',
  },
  intersect: { type: 'boolean', describe: 'Score the images that have both a caption and references' },
  tokenizer: {
    choices: ['ptb', 'none', 'unicode', 'characters'],
    default: 'ptb',
    describe:
      'Tokenizer: ptb as coco-caption uses it; none for captions already split by blanks, whose references are the "tokens" of the records where they have them; unicode or characters for languages other than English',
  },
  language: {
    metavar: 'CODE',
    describe:
      'Language of the captions, for unicode and characters: zh, ja, ko, de, fr, ...; default: und, any',
  },
  collapseRepeats: {
    type: 'boolean',
    describe:
      "Drop words that repeat the one before, as M2's evaluation does; the default for output of m2 decode",
  },
  noCollapseRepeats: { type: 'boolean', describe: 'Keep repeated words, also in output of m2 decode' },
  meteor: {
    metavar: 'DIR',
    describe: "METEOR's data; default: what m2 meteor-data set up, else an installed pycocoevalcap",
  },
  spice: {
    metavar: 'DIR',
    describe: "SPICE's program, pycocoevalcap/spice of an installed pycocoevalcap; needs Java",
  },
  by: {
    metavar: 'FIELD',
    describe: 'Also score the images of each value of FIELD separately (nocaps: domain)',
  },
  df: {
    metavar: 'FILE',
    describe: "CIDEr's document frequencies: a cached pickle, or an annotation file to count them in",
  },
  bootstrap: {
    type: 'integer',
    min: 0,
    max: 1_000_000,
    default: 0,
    metavar: 'N',
    describe: 'Add 95 % confidence intervals from N bootstrap samples (1000 is usual)',
  },
  seed: { type: 'integer', default: 0, describe: 'Seed of the bootstrap', metavar: 'N' },
  against: {
    metavar: 'FILE',
    describe: 'Captions of another system for the same images, to compare with by paired bootstrap',
  },
  perImage: { metavar: 'FILE', describe: 'Write the scores of each image to FILE.jsonl or FILE.csv' },
  statistics: {
    metavar: 'FILE',
    describe: 'Write the statistics that --merge reads, to score a corpus in shards',
  },
  format: {
    choices: tableFormats,
    describe: 'Write a table instead of records; of several files, the table of text is also on stderr',
  },
  merge: { many: true, metavar: 'FILE', describe: 'Score the union of these shards instead of stdin' },
} as const satisfies Options

/** What `m2 score` is told on the command line. */
export const scoreOptions = inGroups(declared, {
  'Captions and references': ['candidates', 'references', 'keepRejected', 'intersect', 'by'],
  Metrics: [
    'metrics',
    'tokenizer',
    'language',
    'collapseRepeats',
    'noCollapseRepeats',
    'df',
    'meteor',
    'spice',
  ],
  Statistics: ['bootstrap', 'seed', 'against'],
  Output: ['perImage', 'statistics', 'merge', 'format'],
})
export type ScoreOptions = OptionValues<typeof scoreOptions> & { files?: string[] | undefined }

/** Throws UsageError for options that contradict each other. */
export function checkTogether({
  merge,
  candidates,
  references,
  by,
  df,
  metrics,
  perImage,
  ...rest
}: ScoreOptions): void {
  if (rest.files && (candidates ?? merge) !== undefined)
    throw new UsageError('files to score, --candidates and --merge are three ways to say the same')
  if (rest.language !== undefined && (rest.tokenizer === 'ptb' || rest.tokenizer === 'none'))
    throw new UsageError('--language is for --tokenizer unicode and characters; ptb is for English')
  if (merge && (candidates ?? references ?? by) !== undefined)
    throw new UsageError(
      '--merge scores what is in the shards; --candidates, --references and --by apply when a shard is written',
    )
  if (rest.collapseRepeats && rest.noCollapseRepeats)
    throw new UsageError('--collapse-repeats and --no-collapse-repeats contradict each other')
  if (df !== undefined && !metrics.some((metric) => /^(cider|all$)/i.test(metric)))
    throw new UsageError('--df is for CIDEr, which --metrics leaves out')
  if (metrics.some((metric) => /^spice$/i.test(metric)) && rest.spice === undefined && !merge)
    throw new UsageError("SPICE is computed by its authors' Java program: --spice DIR says where it is")
  if (perImage !== undefined && !/\.(jsonl|csv)$/.test(perImage))
    throw new UsageError(`--per-image ${perImage}: expected a name that ends in .jsonl or .csv`)
}
