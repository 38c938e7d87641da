/** `m2 train`: a model from examples. */
import { availableParallelism } from 'node:os'
import type { z } from 'zod'
import { DataError, UsageError, messageOf } from '../errors.js'
import { readRecords } from '../formats/jsonl.js'
import { readChunks } from '../files/read.js'
import { features, imageRecord } from '../records.js'
import { inGroups } from '../options.js'
import { defineStage, type Context } from '../stage.js'
import type { Example } from '../training/examples.js'
import { trainOptions, type TrainOptions } from '../training/options.js'
import type { Ranks } from '../training/ranks.js'
import type { TrainingEvent } from '../training/loop.js'
import type { Run } from '../training/run.js'

const groups = {
  'Data and output': ['out', 'vocab', 'val', 'cutCaptions'],
  'Course of training': ['objective', 'seed', 'patience', 'beam', 'maxLength'],
  'Batches and gradients': ['batching', 'batchSize', 'captionsPerImage', 'microBatch', 'clip'],
  'Cross-entropy': ['xeEpochs', 'rate', 'warmup', 'labelSmoothing'],
  'Self-critical training': ['scstEpochs', 'scstRate', 'scstImages', 'baseline'],
  'Self-critical reward': ['rewardEos', 'rewardDocuments'],
  Model: ['width', 'heads', 'layers', 'hiddenWidth', 'memorySlots', 'regions', 'dropout'],
  'Model variants': ['regionMask', 'connections', 'gates'],
  Checkpoints: ['resume', 'from', 'saveEvery', 'maxSteps', 'maxMinutes'],
  Runtime: ['engine', 'device', 'threads', 'logEvery', 'tensorboard'],
} as const

const input = imageRecord.extend({ features: features.optional() })

export default defineStage({
  name: 'train',
  input,
  finishes: true,
  positional: { examples: { describe: 'Records to train on; default: stdin', metavar: 'FILE' } },
  reads: ({ examples }) => examples === undefined,
  options: inGroups(trainOptions, groups),
  examples: [
    [
      'm2 train --vocab vocab.json --val val.jsonl --out runs/m2 < train.jsonl',
      'The paper: cross-entropy, then self-critical training',
    ],
    ['m2 train train.jsonl --vocab vocab.json --out runs/m2 --resume', 'Go on after a kill'],
    ['mpirun -n 4 m2 train train.jsonl --vocab vocab.json --out runs/m2', 'Four processes, one model'],
  ],
  async *run(records, options, context) {
    const { joinRanks } = await import('../training/ranks.js')
    const ranks = await joinRanks(process.env)
    let finished = false
    try {
      yield* trained(records, options, context, ranks)
      finished = true
    } catch (error) {
      if (ranks.size > 1) context.note(`rank ${ranks.rank} of ${ranks.size}: ${messageOf(error)}`)
      throw error
    } finally {
      if (finished) ranks.finish()
      else ranks.abort(1) // the others would wait for it
    }
  },
})

type TrainRecord = z.infer<typeof input>

async function* trained(
  records: AsyncIterable<TrainRecord>,
  options: TrainOptions & { examples: string | undefined },
  context: Context,
  ranks: Ranks,
): AsyncGenerator<object> {
  if (ranks.size > 1 && options.examples === undefined)
    throw new UsageError('mpirun gives stdin to its first process alone; name the file: m2 train FILE ...')
  const { createEngine } = await import('../engine/create.js')
  const { createFeatureReader } = await import('../features/reader.js')
  const { loadVocabulary } = await import('../text/vocabulary.js')
  const { train } = await import('../training/loop.js')
  const { threadsOfRank } = await import('../training/ranks.js')
  const vocabulary = await loadVocabulary(options.vocab)
  const load = await exampleReader(vocabulary, options, context)
  const examples = await load(
    options.examples === undefined ? { records } : recordsOf(options.examples, context),
  )
  const [first] = examples
  if (context.signal.aborted) return
  if (!first)
    throw new DataError('expected examples to train on, got none; m2 features gives records their features')
  const validation = options.val === undefined ? [] : await load(recordsOf(options.val, context))
  if (options.val !== undefined && validation.length === 0)
    throw new DataError(`${options.val}: expected records to validate on, got none`)

  const { configOf, initialOf, runOf } = await import('../training/run.js')
  const config = configOf(options, vocabulary.size, first)
  const initial = () => initialOf(options, config, vocabulary)
  const reader = createFeatureReader({ regions: config.regions, width: config.featureWidth })
  const threads = options.threads ?? threadsOfRank(process.env)
  if (threads !== undefined && threads > availableParallelism())
    context.note(
      `${threads} threads on ${availableParallelism()} of the machine's cores; mpirun --bind-to none lets them use all`,
    )
  const engine = await createEngine({ ...options, threads })
  const run = runOf(options, { config, vocabulary, examples, validation, reader, ranks })
  const board = await boardOf(options.tensorboard, ranks)
  const progress = ranks.rank === 0 ? context.progress('steps', options.maxSteps) : undefined
  try {
    let step: number | undefined
    for await (const [event, timing] of train(run, engine, initial, {
      resume: options.resume,
      signal: context.signal,
    })) {
      progress?.advance(event.step - (step ?? 0), noteOf(event))
      step = event.step
      await board?.scalars(step, scalarsOf(event))
      if (ranks.rank === 0) yield { ...event, ...timing }
    }
    if (step === undefined && !context.signal.aborted && ranks.rank === 0)
      context.note(
        `${options.out} is complete; --from ${options.out} with another --out starts from its weights`,
      )
  } finally {
    progress?.stop()
    await board?.close()
    await reader.close()
    engine.dispose()
  }
  if (context.signal.aborted && ranks.rank === 0)
    context.note(`stopped and saved; go on with: m2 train ... --out ${options.out} --resume`)
}

/** Records, and where a file has them; the context knows that of stdin's. */
interface Source {
  readonly records: AsyncIterable<TrainRecord>
  readonly where?: (record: object) => string
}

function recordsOf(file: string, context: Context): Source {
  const lines = new WeakMap<object, number>()
  const reject = (error: DataError) => context.reject(error)
  return {
    records: readRecords(readChunks(file), input, { lines, reject, name: file }),
    where: (record) => `${file}:${lines.get(record)}`,
  }
}

/** Reads records into examples; a bad one is an error, or with --keep-going is left out. */
async function exampleReader(
  vocabulary: Run['vocabulary'],
  { cutCaptions }: TrainOptions,
  context: Context,
): Promise<(source: Source) => Promise<Example[]>> {
  const { toExample } = await import('../training/examples.js')
  const { captionTokens } = await import('../text/spacy/spacy.js')
  const { modelConfig } = await import('../model/config.js')
  const longest = modelConfig.shape.maxLength.parse(undefined) - 1
  const tokenize = (captions: readonly string[]) => captions.map(captionTokens)
  return async ({ records, where }) => {
    const examples: Example[] = []
    const made = context.each(records, (record) => {
      const { features, ...rest } = record
      const given = { ...rest, ...(features && { features }) }
      try {
        return toExample(given, { vocabulary, longest, cut: cutCaptions, tokenize })
      } catch (error) {
        if (!where || !(error instanceof DataError)) throw error
        throw new DataError(`${error.message} (reading ${where(record)})`, { cause: error })
      }
    })
    for await (const example of made) examples.push(example)
    return examples
  }
}

async function boardOf(directory: string | undefined, ranks: Ranks) {
  if (directory === undefined || ranks.rank > 0) return undefined
  const { createEventFile } = await import('../formats/tensorboard.js')
  return await createEventFile(directory)
}

/** Where training is, for the person who watches. */
function noteOf({ objective, epoch, loss, reward }: TrainingEvent): string {
  const [name, figure] = typeof reward === 'number' ? ['reward', reward] : ['loss', loss]
  const shown = typeof figure === 'number' ? `, ${name} ${figure.toFixed(3)}` : ''
  return `${objective}, epoch ${epoch}${shown}`
}

/** An event's figures for TensorBoard: `xe/loss`, `scst/reward`, `validation/CIDEr-D`. */
function scalarsOf({ event, objective, ...figures }: TrainingEvent): { [name: string]: number } {
  const group = event === 'epoch' ? 'validation' : objective
  const numbers = Object.entries(figures).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  )
  return Object.fromEntries(numbers.map(([name, value]) => [`${group}/${name}`, value]))
}
