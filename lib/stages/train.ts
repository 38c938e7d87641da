/** `m2 train`: a model from examples. */
import { availableParallelism } from 'node:os'
import type { z } from 'zod'
import { DataError, UsageError, messageOf } from '../errors.js'
import { readRecords } from '../formats/jsonl.js'
import { readText } from '../formats/text.js'
import { features, imageRecord } from '../records.js'
import { inGroups } from '../options.js'
import { defineStage, type Context } from '../stage.js'
import type { Example } from '../training/examples.js'
import { trainOptions, type TrainOptions } from '../training/options.js'
import type { Ranks } from '../training/ranks.js'
import type { Run } from '../training/run.js'

const groups = {
  'Data and output': ['out', 'vocab', 'val', 'base', 'cutCaptions'],
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
  stops: 'save',
  document: false, // it says itself what is missing
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
  const { claimFolder } = await import('../training/claim.js')
  const { threadsOfRank } = await import('../training/ranks.js')
  const { noteOf, openBoard } = await import('../training/board.js')
  const { runOf } = await import('../training/run.js')
  const { describeReferences } = await import('../training/references.js')
  const { configOf, initialOf, modelOrigin, readStart } = await import('../training/start.js')
  const note = (text: string | undefined) =>
    void (text !== undefined && ranks.rank === 0 && context.note(text))

  const { resume, overwrite, out } = options
  const { signal } = context
  const opened: (() => unknown)[] = []
  try {
    const claim = await claimFolder(out, ranks, { resume, overwrite })
    opened.push(() => claim.release())
    const start = await readStart(options)
    const vocabulary = await loadVocabulary(options.vocab)
    const load = await exampleReader(vocabulary, start.config, options, context)
    const examples = await load(
      options.examples === undefined ? { records } : recordsOf(options.examples, context),
    )
    if (signal.aborted) return
    if (examples.length === 0)
      throw new DataError('expected examples to train on, got none; m2 features gives records their features')
    const validation = options.val === undefined ? [] : await load(recordsOf(options.val, context))
    if (options.val !== undefined && validation.length === 0)
      throw new DataError(`${options.val}: expected records to validate on, got none`)

    const { config, note: ofRegions } = configOf(options, start, vocabulary, [...examples, ...validation])
    const initial = initialOf(options, start, config, vocabulary)
    const threads = options.threads ?? threadsOfRank(process.env)
    if (threads !== undefined && threads > availableParallelism())
      context.note(
        `${threads} threads on ${availableParallelism()} of the machine's cores; mpirun --bind-to none lets them use all`,
      )
    for (const text of [ofRegions, initial.note]) note(text)
    const references = describeReferences([...examples, ...validation])
    if (references)
      note(
        `rewards and validation compare with ${references}, and with the PTB tokens of captions where there are any others`,
      )

    const reader = createFeatureReader({
      regions: config.regions,
      width: config.featureWidth,
      base: options.base,
    })
    opened.push(() => reader.close())
    const shape = modelOrigin(options, start, config)
    const run = runOf(options, shape, { config, vocabulary, examples, validation, reader, ranks })
    const engine = await createEngine({ ...options, threads })
    opened.push(() => engine.dispose())
    const board = await openBoard(ranks.rank === 0 ? options.tensorboard : undefined)
    opened.push(() => board?.close())
    const progress = ranks.rank === 0 ? context.progress('steps', options.maxSteps) : undefined
    opened.push(() => progress?.stop())
    let step: number | undefined
    for await (const [event, timing] of train(run, engine, initial.parameters, {
      resume,
      overwrite,
      signal,
    })) {
      progress?.advance(event.step - (step ?? 0), noteOf(event))
      step = event.step
      await board?.add(event)
      if (ranks.rank === 0) yield { ...event, ...timing }
    }
    if (step === undefined && !signal.aborted)
      note(`${out} is complete; --from ${out} with another --out starts from its weights`)
  } finally {
    for (const close of opened.reverse()) await close()
  }
  if (signal.aborted) note(`stopped and saved; continue with: m2 train ... --out ${out} --resume`)
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
    records: readRecords(readText(file), input, { lines, reject, name: file }),
    where: (record) => `${file}:${lines.get(record)}`,
  }
}

/** Reads records into examples; a bad one is an error, or with --keep-going is left out. */
async function exampleReader(
  vocabulary: Run['vocabulary'],
  before: Run['config'] | undefined,
  { cutCaptions }: TrainOptions,
  context: Context,
): Promise<(source: Source) => Promise<Example[]>> {
  const { toExample } = await import('../training/examples.js')
  const { captionTokens } = await import('../text/spacy/spacy.js')
  const { modelConfig } = await import('../model/config.js')
  const longest = (before?.maxLength ?? modelConfig.shape.maxLength.parse(undefined)) - 1
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
