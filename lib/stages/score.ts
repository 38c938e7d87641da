/** `m2 score`: metrics of captions. */
import { candidate } from '../annotations/candidates.js'
import { DataError, UsageError } from '../errors.js'
import type { GroupedItem } from '../metrics/corpus/shards.js'
import { inGroups, type Options, type OptionValues } from '../options.js'
import { defineStage } from '../stage.js'

const declared = {
  metrics: {
    many: 'comma',
    choices: ['bleu', 'meteor', 'rouge', 'cider', 'cider-plain', 'spice'],
    default: ['bleu', 'meteor', 'rouge', 'cider'],
    describe: 'What to compute; cider is CIDEr-D, and --spice adds spice',
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
    choices: ['ptb', 'none'],
    default: 'ptb',
    describe: 'Tokenizer: ptb as coco-caption uses it; none for captions already split by blanks',
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
  merge: { many: true, metavar: 'FILE', describe: 'Score the union of these shards instead of stdin' },
} as const satisfies Options

const options = inGroups(declared, {
  'Captions and references': ['candidates', 'references', 'intersect', 'by'],
  Metrics: ['metrics', 'tokenizer', 'collapseRepeats', 'noCollapseRepeats', 'df', 'meteor', 'spice'],
  Statistics: ['bootstrap', 'seed', 'against'],
  Output: ['perImage', 'statistics', 'merge'],
})
type ScoreOptions = OptionValues<typeof options>

export default defineStage({
  name: 'score',
  input: candidate,
  options,
  reads: ({ candidates, merge }) => candidates === undefined && merge === undefined,
  examples: [
    ['m2 decode --model runs/m2 < test.jsonl | m2 score', 'Captions whose records hold their references'],
    ['m2 score --candidates results.json --references captions_val2014.json --intersect', 'COCO files'],
    [
      'm2 score --bootstrap 1000 --against other.json < predictions.jsonl',
      'Is the difference between two systems significant?',
    ],
  ],
  async *run(records, options, context) {
    checkTogether(options)
    const { openAnnotator } = await import('../metrics/corpus/annotate.js')
    const { readCorpus, readOthers } = await import('../metrics/corpus/read.js')
    const { evaluate } = await import('../metrics/evaluate.js')
    const { reportMetrics } = await import('../metrics/scores.js')
    const { mergeFiles, writeStatistics } = await import('../metrics/corpus/shards.js')
    const { merge, against, df, spice, bootstrap, seed } = options
    const metrics = spice === undefined ? options.metrics : [...options.metrics, 'spice' as const]

    const annotates = merge === undefined || against !== undefined
    const annotator = openAnnotator(annotates ? { ...options, metrics } : { metrics: [] }, context)
    const statistics = merge
      ? await mergeFiles(merge)
      : await readCorpus(records, options, { annotator, context })
    const { items } = statistics
    if (items.length === 0) throw new DataError('there are no captions to score')
    if (options.statistics !== undefined) await writeStatistics(options.statistics, statistics)
    const others =
      against === undefined ? undefined : await readOthers(against, items, options, { annotator, context })
    const cached = df === undefined ? undefined : await readDocumentFrequencies(df, options)

    if (metrics.includes('meteor') && items.some(({ meteor }) => meteor === undefined))
      context.note('METEOR is left out: the shards were scored without it')
    const settings = { ...statistics.settings, frequencies: cached?.name ?? 'corpus' }
    const samples = others && bootstrap === 0 ? 1000 : bootstrap
    const groups = [...new Set(items.flatMap(({ group }) => group ?? []))].sort()
    for (const group of [undefined, ...groups]) {
      const tablesOf = (all: readonly GroupedItem[]) =>
        evaluate(group === undefined ? all : all.filter((item) => item.group === group), {
          metrics,
          frequencies: cached?.frequencies,
        })
      const tables = tablesOf(items)
      if (group === undefined && options.perImage !== undefined) {
        const { writeImages } = await import('../metrics/per-image.js')
        await writeImages(options.perImage, items, tables)
      }
      const report = { settings, samples, seed, against: others && tablesOf(others) }
      for (const metric of reportMetrics(tables, report))
        yield group === undefined ? metric : { ...metric, group }
    }
  },
})

async function readDocumentFrequencies(file: string, { tokenizer }: ScoreOptions) {
  const { readFrequencies } = await import('../metrics/cached-frequencies.js')
  const { tokenizers } = await import('../metrics/corpus/read.js')
  return await readFrequencies(file, await tokenizers[tokenizer]())
}

/** Throws UsageError for options that contradict each other. */
function checkTogether({
  merge,
  candidates,
  references,
  by,
  df,
  metrics,
  perImage,
  ...rest
}: ScoreOptions): void {
  if (merge && (candidates ?? references ?? by) !== undefined)
    throw new UsageError(
      '--merge scores what is in the shards; --candidates, --references and --by apply when a shard is written',
    )
  if (rest.collapseRepeats && rest.noCollapseRepeats)
    throw new UsageError('--collapse-repeats and --no-collapse-repeats contradict each other')
  if (df !== undefined && !metrics.some((metric) => metric.startsWith('cider')))
    throw new UsageError('--df is for CIDEr, which --metrics leaves out')
  if (metrics.includes('spice') && rest.spice === undefined && !merge)
    throw new UsageError("SPICE is computed by its authors' Java program: --spice DIR says where it is")
  if (perImage !== undefined && !/\.(jsonl|csv)$/.test(perImage))
    throw new UsageError(`--per-image ${perImage}: expected a name that ends in .jsonl or .csv`)
}
