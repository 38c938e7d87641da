/** `m2 score`: metrics of captions. */
import { candidate } from '../annotations/candidates.js'
import type { GroupedItem } from '../metrics/corpus/shards.js'
import { chosenMetrics, smallCorpusNote } from '../metrics/choice.js'
import { checkTogether, scoreOptions, type ScoreOptions } from '../metrics/options.js'
import { defineStage } from '../stage.js'

export default defineStage({
  name: 'score',
  input: candidate,
  positional: {
    files: {
      many: true,
      metavar: 'FILE',
      describe: 'As --candidates; of several systems, each compared with the first by the paired bootstrap',
    },
  },
  options: scoreOptions,
  reads: ({ files, candidates, merge }) => (files ?? candidates ?? merge) === undefined,
  examples: [
    ['m2 decode --model runs/m2 < test.jsonl | m2 score', 'Captions whose records hold their references'],
    ['m2 score --candidates results.json --references captions_val2014.json --intersect', 'COCO files'],
    [
      'm2 score a.json b.json c.json --references captions_val2014.json --format latex > table.tex',
      'Three systems in one table; a star marks a significant difference from the first',
    ],
    [
      'm2 score --bootstrap 1000 --against other.json < predictions.jsonl',
      'Is the difference between two systems significant?',
    ],
  ],
  async *run(records, given, context) {
    checkTogether(given)
    const options = { ...given, metrics: chosenMetrics(given.metrics, { ...given, note: context.note }) }
    const { files, format } = options
    if (format !== undefined || (files && files.length > 1)) {
      const { reportSystems } = await import('../metrics/systems.js')
      return yield* reportSystems(records, options, context)
    }
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
      : await readCorpus(
          records,
          { ...options, candidates: files?.[0] ?? options.candidates },
          { annotator, context },
        )
    const { items } = statistics
    const small = df === undefined ? smallCorpusNote(items.length, metrics) : undefined
    if (small !== undefined) context.note(small)
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

async function readDocumentFrequencies(file: string, { tokenizer, language }: ScoreOptions) {
  const { readFrequencies } = await import('../metrics/cached-frequencies.js')
  const { tokenizers } = await import('../metrics/corpus/read.js')
  return await readFrequencies(file, await tokenizers[tokenizer](language))
}
