/** `m2 decode`: captions of images. */
import * as z from 'zod'
import { jobsOf } from '../decoding/workers/jobs.js'
import { decodeOptions, type DecodeOptions } from '../decoding/options.js'
import type { Hypothesis } from '../decoding/search/search.js'
import { shardOf } from '../decoding/shard.js'
import { DataError } from '../errors.js'
import { featuresRecord, type FeaturesRecord } from '../records.js'
import { inGroups } from '../options.js'
import { defineStage } from '../stage.js'
import { withoutRepeats } from '../text/repeats.js'

const groups = {
  'Model and output': ['model', 'nBest', 'raw'],
  Search: [
    'beam',
    'maxLength',
    'minLength',
    'lengthPenalty',
    'blockTrigrams',
    'noBadEndings',
    'suppressUnk',
    'diverse',
    'diversity',
  ],
  Sampling: ['sample', 'temperature', 'topK', 'topP', 'seed'],
  Runtime: ['engine', 'device', 'threads', 'precision', 'jobs', 'slots', 'shard'],
} as const

export default defineStage({
  name: 'decode',
  input: z.looseObject({
    ...featuresRecord.shape,
    constraints: z.array(z.array(z.string()).min(1)).max(3).optional(),
  }),
  options: inGroups(decodeOptions, groups),
  examples: [
    ['m2 decode --model runs/m2 < test.jsonl | m2 score', 'Caption and score, beam 5'],
    [
      'm2 decode --model runs/a,runs/b,runs/c --n-best 5 < test.jsonl',
      'An ensemble of three; all five beams',
    ],
    [
      'm2 decode --model runs/m2 --sample --top-p 0.9 --n-best 3 --seed 7 < test.jsonl',
      'Three captions drawn at random',
    ],
  ],
  async *run(records, options, context) {
    const workers = jobsOf(options)
    const { createEngine } = await import('../engine/create.js')
    const { readEnsemble } = await import('../checkpoint/ensemble.js')
    const { createCaptioner } = await import('../decoding/captioner.js')
    const { hangingWords } = await import('../decoding/search/rules.js')
    const { createFeatureReader } = await import('../features/reader.js')

    const models = await readEnsemble(options.model)
    const [{ config, vocabulary }] = models
    const { regions, featureWidth } = config.model
    const engine = await createEngine(options)
    const captioner = createCaptioner(
      engine,
      models.map(({ config, parameters }) => ({ config: config.model, parameters })),
      vocabulary,
      {
        ...options,
        workers,
        beam: options.beam ?? config.decode.beam,
        maxLength: options.maxLength ?? config.decode.maxLength,
        nBest: options.nBest ?? 1,
        groups: options.diverse,
        ...(options.noBadEndings && {
          badEndings: new Set(vocabulary.encode(hangingWords).filter((id) => id > 0)),
        }),
        ...sampleOf(options),
      },
    )
    const reader = createFeatureReader({ regions, width: featureWidth })
    const progress = context.progress('images')
    let cut = 0

    const images = context.each(shardOf(records, options.shard, process.env), async (record) => {
      const [found] = record.features.shape
      if (found === 0)
        throw new DataError(`image ${record.image_id} has no regions; nothing to caption it from`)
      if (found > regions) cut++
      const features = new Float32Array(regions * featureWidth)
      await reader.read(record.features, features, 0)
      const constraints = record.constraints?.map((choices) => constraintOf(choices, record, vocabulary))
      return { record, features, ...(constraints && { constraints }) }
    })
    try {
      for await (const { image, hypotheses } of captioner.caption(images)) {
        progress.advance()
        yield { ...image.record, ...prediction(hypotheses, vocabulary, options) }
      }
    } finally {
      progress.stop()
      await reader.close()
      await captioner.dispose()
      engine.dispose()
    }
    if (cut > 0)
      context.note(`${cut} images have more than ${regions} regions; the model takes the first ${regions}`)
  },
})

const sampleOf = ({ sample, temperature, topK, topP, seed }: DecodeOptions) => ({
  sample: sample ? { temperature, topK, topP, seed } : undefined,
})

function constraintOf(
  choices: readonly string[],
  record: FeaturesRecord,
  vocabulary: { id(word: string): number },
): number[] {
  return choices.map((word) => {
    const id = vocabulary.id(word)
    if (id === 0)
      throw new DataError(
        `image ${record.image_id}: the constraint "${word}" is not in the model's vocabulary`,
      )
    return id
  })
}

/** What the stage adds to a record. */
function prediction(
  hypotheses: readonly Hypothesis[],
  vocabulary: { decode(ids: Iterable<number>): string[] },
  { raw, nBest }: Pick<DecodeOptions, 'raw' | 'nBest'>,
) {
  const [best] = hypotheses as [Hypothesis] // a search finds one at least
  const said = (ids: readonly number[]) => vocabulary.decode(ids)
  return {
    caption: withoutRepeats(said(best.ids)).join(' '),
    log_prob: best.logProb,
    eos: best.ended,
    ...(raw && { raw: said(best.ids).join(' ') }),
    ...(nBest !== undefined && {
      beams: hypotheses.map(({ ids, logProb, wordLogProbs }) => ({
        caption: withoutRepeats(said(ids)).join(' '),
        ids,
        log_prob: logProb,
        word_log_probs: wordLogProbs,
      })),
    }),
  }
}
