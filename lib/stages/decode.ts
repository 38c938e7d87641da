import { z } from 'zod'
import type { ModelDirectory } from '../checkpoint/directory.js'
import type { Hypothesis } from '../decoding/search.js'
import { precisions } from '../engine/engine.js'
import { engineOptions } from '../engine/options.js'
import { DataError, UsageError } from '../errors.js'
import type { OptionValues } from '../options.js'
import { featuresRecord, type FeaturesRecord } from '../records.js'
import { defineStage } from '../stage.js'
import { withoutRepeats } from '../text/repeats.js'

const options = {
  model: {
    required: true,
    many: 'comma',
    describe: 'Model directory; several decode together, by the mean of their log-probabilities',
    metavar: 'DIR',
  },
  beam: {
    type: 'integer',
    min: 1,
    describe: "Beams of a search; default: the model's, 5 unless it says otherwise",
    metavar: 'N',
  },
  maxLength: {
    type: 'integer',
    min: 1,
    describe: "Most words of a caption; default: the model's, 20 unless it says otherwise",
    metavar: 'N',
  },
  nBest: {
    type: 'integer',
    min: 1,
    describe: 'Add `beams`, the best N captions with the log-probability of each word',
    metavar: 'N',
  },
  raw: { type: 'boolean', describe: 'Add `raw`, the caption with its repeated words' },
  minLength: { type: 'integer', min: 0, default: 0, describe: 'Fewest words of a caption', metavar: 'N' },
  lengthPenalty: {
    type: 'number',
    default: 0,
    describe: 'Favour longer captions above 0: alpha of Wu et al. (2016), eq. 14',
    metavar: 'X',
  },
  blockTrigrams: { type: 'boolean', describe: 'Say no three words in a row twice in a caption' },
  noBadEndings: { type: 'boolean', describe: 'End no caption on an article or a preposition' },
  suppressUnk: { type: 'boolean', describe: 'Never say the unknown word' },
  diverse: {
    type: 'integer',
    min: 1,
    default: 1,
    describe: 'Groups of beams kept apart from each other (Vijayakumar et al., 2018)',
    metavar: 'N',
  },
  diversity: {
    type: 'number',
    min: 0,
    default: 0.5,
    describe: 'What a word that another group chose costs, for --diverse',
    metavar: 'X',
  },
  sample: {
    type: 'boolean',
    describe: 'Draw captions at random instead of searching; --n-best says how many',
  },
  temperature: {
    type: 'number',
    min: 0.001,
    default: 1,
    describe: 'Draw flatter above 1, greedier below, for --sample',
    metavar: 'X',
  },
  topK: {
    type: 'integer',
    min: 0,
    default: 0,
    describe: 'Draw from the K likeliest words, for --sample; 0: from all',
    metavar: 'K',
  },
  topP: {
    type: 'number',
    min: 0,
    max: 1,
    default: 1,
    describe: 'Draw from the likeliest words of probability P together, for --sample',
    metavar: 'P',
  },
  seed: { type: 'integer', default: 1, describe: 'Seed of --sample', metavar: 'N' },
  shard: {
    describe: 'Caption every N-th image, from the I-th (0 to N-1); mpirun and Slurm set it by themselves',
    metavar: 'I/N',
  },
  ...engineOptions,
  precision: {
    choices: precisions,
    default: 'float32',
    describe:
      'What products are computed in: int8 is faster, smaller and a little less exact; for onnxruntime on the CPU',
  },
  slots: {
    type: 'integer',
    min: 1,
    max: 512,
    describe: 'Images decoded at once; default: as many as make 80 beams',
    metavar: 'N',
  },
} as const

export default defineStage({
  name: 'decode',
  input: z.looseObject({
    ...featuresRecord.shape,
    constraints: z.array(z.array(z.string()).min(1)).max(3).optional(),
  }),
  options,
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
    const { createEngine } = await import('../engine/engine.js')
    const { createCaptioner } = await import('../decoding/captioner.js')
    const { hangingWords } = await import('../decoding/rules.js')
    const { createFeatureReader } = await import('../data/feature-source.js')

    const models = await readModels(options.model)
    const [{ config, vocabulary }] = models
    const { regions, featureWidth } = config.model
    const engine = await createEngine(options)
    const captioner = createCaptioner(
      engine,
      models.map(({ config, parameters }) => ({ config: config.model, parameters })),
      vocabulary,
      {
        ...options,
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
      engine.dispose()
    }
    if (cut > 0)
      context.note(`${cut} images have more than ${regions} regions; the model takes the first ${regions}`)
  },
})

const sampleOf = ({ sample, temperature, topK, topP, seed }: OptionValues<typeof options>) => ({
  sample: sample ? { temperature, topK, topP, seed } : undefined,
})

/** Reads models that are to decode together. @throws DataError where they do not fit each other */
async function readModels(directories: readonly string[]) {
  const { readModelDirectory } = await import('../checkpoint/directory.js')
  const models = await Promise.all(directories.map(readModelDirectory))
  const [first, ...others] = models as [ModelDirectory, ...ModelDirectory[]] // --model names one at least
  for (const [i, { config, vocabulary }] of others.entries()) {
    const [a, b] = [directories[0], directories[i + 1]]
    if (vocabulary.hash !== first.vocabulary.hash)
      throw new DataError(`${b} has another vocabulary than ${a}; an ensemble needs models of one vocabulary`)
    for (const name of ['featureWidth', 'regions'] as const)
      if (config.model[name] !== first.config.model[name])
        throw new DataError(
          `${b} has ${name} ${config.model[name]}, ${a} has ${first.config.model[name]}; an ensemble reads the same features`,
        )
  }
  return [first, ...others] as const
}

function constraintOf(
  choices: readonly string[],
  record: FeaturesRecord,
  vocabulary: { id(word: string): number },
): number[] {
  return choices.map((word) => {
    const id = vocabulary.id(word)
    if (id === 0)
      throw new DataError(
        `image ${record.image_id}: the constraint "${word}" is no word of the model's vocabulary`,
      )
    return id
  })
}

/** What the stage adds to a record. */
function prediction(
  hypotheses: readonly Hypothesis[],
  vocabulary: { decode(ids: Iterable<number>): string[] },
  { raw, nBest }: Pick<OptionValues<typeof options>, 'raw' | 'nBest'>,
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

/** The records of this shard: those of --shard, else of this process's rank under mpirun or Slurm, else all. */
async function* shardOf<T>(
  records: AsyncIterable<T>,
  shard: string | undefined,
  environment: NodeJS.ProcessEnv,
) {
  const [index, count] = parseShard(shard ?? rankShard(environment) ?? '0/1')
  let i = 0
  for await (const record of records) if (i++ % count === index) yield record
}

function parseShard(shard: string): [number, number] {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(shard) ?? []
  if (index === undefined || Number(index) >= Number(count))
    throw new UsageError(`--shard: expected I/N with I from 0 to N-1, as 0/4; got "${shard}"`)
  return [Number(index), Number(count)]
}

function rankShard(environment: NodeJS.ProcessEnv): string | undefined {
  for (const [rank, size] of [
    ['OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'],
    ['SLURM_PROCID', 'SLURM_NTASKS'],
  ] as const)
    if (environment[rank] !== undefined && environment[size] !== undefined)
      return `${environment[rank]}/${environment[size]}`
  return undefined
}
