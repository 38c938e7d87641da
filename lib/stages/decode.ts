/** `m2 decode`: captions for images. */
import * as z from 'zod'
import { checkDecodeOptions, decodeOptions, type DecodeOptions } from '../decoding/options.js'
import { constraintsOf, overflowOf, predictionOf } from '../decoding/prediction.js'
import { chooseShard, shardOf } from '../decoding/shard.js'
import { jobsOf } from '../decoding/workers/jobs.js'
import { DataError } from '../errors.js'
import { baseOption } from '../features/base.js'
import { featuresRecord } from '../records.js'
import { defineStage } from '../stage.js'
import type { Vocabulary } from '../text/vocabulary.js'

export default defineStage({
  name: 'decode',
  stops: 'clear',
  input: z.looseObject({
    ...featuresRecord.shape,
    constraints: z.array(z.array(z.string()).min(1)).max(3).optional(),
  }),
  options: { ...decodeOptions, base: { group: 'Runtime', ...baseOption.base } },
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
    [
      `sed 's/^{/{"constraints":[["dog"],["ball","frisbee"]],/' test.jsonl | m2 decode --model runs/m2`,
      'Captions that mention these: of up to three constraints at least two, as in nocaps; `constraints_met` says which',
    ],
  ],
  async *run(records, options, context) {
    checkDecodeOptions(options)
    const workers = jobsOf(options)
    const shard = chooseShard(options.shard, process.env)
    if (shard.reason)
      context.note(
        `captions shard ${shard.index}/${shard.count} of the images, because ${shard.reason}; --shard 1/1 captions all`,
      )
    const { createEngine } = await import('../engine/create.js')
    const { readEnsemble } = await import('../checkpoint/ensemble.js')
    const { createCaptioner } = await import('../decoding/captioner.js')
    const { createFeatureReader } = await import('../features/reader.js')

    const models = await readEnsemble(options.model)
    const [{ config, vocabulary }] = models
    const { regions, featureWidth } = config.model
    const search = await searchOptions(options, models[0])
    const engine = await createEngine(options)
    const reader = createFeatureReader({ regions, width: featureWidth, base: options.base })
    const progress = context.progress('images')
    let captioner: ReturnType<typeof createCaptioner> | undefined
    let cut = 0
    let reading: Promise<unknown> = Promise.resolve()

    const images = context.each(shardOf(records, shard), async (record) => {
      const [found] = record.features.shape
      if (found === 0)
        throw new DataError(`image ${record.image_id} has no regions; nothing to caption it from`)
      if (found > regions) cut++
      const features = new Float32Array(regions * featureWidth)
      await (reading = reader.read(record.features, features, 0))
      const constraints = constraintsOf(record, options, vocabulary)
      return { record, features, ...(constraints && { constraints }) }
    })
    try {
      captioner = createCaptioner(
        engine,
        models.map(({ config, parameters }) => ({ config: config.model, parameters })),
        vocabulary,
        { ...search, workers, ...(options.slots !== undefined && { slots: options.slots }) },
      )
      for await (const { image, hypotheses } of captioner.caption(images)) {
        const { record, constraints } = image
        progress.advance()
        const bad = overflowOf(hypotheses, record, options.model)
        if (bad) context.reject(bad, record)
        else yield { ...record, ...predictionOf(hypotheses, vocabulary, options, constraints) }
      }
    } finally {
      progress.stop()
      await reading.catch(() => undefined) // images are read ahead
      await reader.close()
      await captioner?.dispose()
      engine.dispose()
    }
    if (cut > 0)
      context.note(`${cut} images have more than ${regions} regions; the model takes the first ${regions}`)
  },
})

/** How captions are searched for: what the command line says, else the model. */
async function searchOptions(
  options: DecodeOptions,
  {
    config: { decode, model },
    vocabulary,
  }: {
    config: {
      decode: { beam: number; maxLength: number }
      model: { maxLength: number; vocabularySize: number }
    }
    vocabulary: Vocabulary
  },
) {
  const { hangingWords } = await import('../decoding/search/rules.js')
  const { nBest = 1, minLength, lengthPenalty, diverse, diversity, sample } = options
  const [directory] = options.model
  if (options.beam === undefined && decode.beam > model.vocabularySize)
    throw new DataError(
      `${directory}/config.json: decode.beam is ${decode.beam}, more than the vocabulary's ${model.vocabularySize} words; --beam gives another`,
    )
  if (options.maxLength === undefined && decode.maxLength >= model.maxLength)
    throw new DataError(
      `${directory}/config.json: decode.maxLength is ${decode.maxLength}, and the model's longest caption has ` +
        `${model.maxLength - 1} words; --max-length gives another`,
    )
  const ids = [...vocabulary.words.keys()]
  return {
    beam: options.beam ?? decode.beam,
    maxLength: options.maxLength ?? decode.maxLength,
    nBest,
    minLength,
    suppressUnk: options.suppressUnk,
    blockTrigrams: options.blockTrigrams,
    blanks: new Set(ids.filter((id) => vocabulary.words[id]!.trim() === '')),
    ...(options.noBadEndings && {
      badEndings: new Set(vocabulary.encode(hangingWords).filter((id) => id > 0)),
    }),
    ...(lengthPenalty !== undefined && { lengthPenalty }),
    ...(diverse !== undefined && { groups: diverse }),
    ...(diversity !== undefined && { diversity }),
    ...(sample && { sample: sampleOf(options) }),
  }
}

const sampleOf = ({ temperature = 1, topK = 0, topP = 1, seed = 1 }: DecodeOptions) => ({
  temperature,
  topK,
  topP,
  seed,
})
