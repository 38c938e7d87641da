/** A training run: everything that decides it, made from the options of `m2 train`. */
import { UsageError } from '../errors.js'
import type { FeatureReader } from '../features/reader.js'
import type { ModelConfig } from '../model/config.js'
import { flagOf } from '../options.js'
import type { Vocabulary } from '../text/vocabulary.js'
import type { Batching } from './batches.js'
import type { Baseline, Objective } from './early-stopping.js'
import type { Example } from './examples.js'
import { trainOptions, type TrainOptions } from './options.js'
import type { Ranks } from './ranks.js'
import { describeReferences } from './references.js'

export interface Run {
  readonly out: string
  readonly config: ModelConfig
  readonly vocabulary: Vocabulary
  readonly examples: readonly Example[]
  readonly validation: readonly Example[]
  readonly reader: FeatureReader
  readonly ranks: Ranks
  readonly planned: readonly Objective[]
  readonly seed: number
  readonly batching: Batching
  /** Captions computed at once; a larger batch comes in several micro-batches. */
  readonly microBatch: number
  readonly patience: number
  /** Most epochs of each objective. */
  readonly epochs: Readonly<Record<Objective, number>>
  readonly maxSteps: number
  readonly maxMinutes: number
  /** Steps between two reports, and between two checkpoints within an epoch. */
  readonly logEvery: number
  readonly saveEvery: number
  readonly xe: { readonly learningRate: number; readonly warmup: number; readonly smoothing: number }
  readonly scst: {
    readonly learningRate: number
    readonly images: number
    readonly baseline: Baseline
    readonly eos: 'none' | 'append'
    readonly documents: 'image' | 'caption'
  }
  /** Largest norm of the gradients. */
  readonly clip: number
  readonly beam: number
  /** Most words of a caption in sampling and validation. */
  readonly length: number
  /** The options that decide the result, for the model's config and for resuming. */
  readonly origin: Readonly<Record<string, unknown>>
}

/**
 * The run that the options describe.
 *
 * @param shape the model options, resolved (see start.ts)
 */
export function runOf(
  options: TrainOptions,
  shape: Readonly<Record<string, unknown>>,
  rest: Pick<Run, 'config' | 'vocabulary' | 'examples' | 'validation' | 'reader' | 'ranks'>,
): Run {
  if (options.beam > rest.vocabulary.size)
    throw new UsageError(`--beam ${options.beam} is more than the vocabulary's ${rest.vocabulary.size} words`)
  const longest = rest.config.maxLength - 1
  if (options.maxLength > longest)
    throw new UsageError(
      `--max-length ${options.maxLength}: the model's longest caption has ${longest} words`,
    )
  const references = describeReferences([...rest.examples, ...rest.validation])
  return {
    ...rest,
    out: options.out,
    planned: options.objective,
    seed: options.seed,
    batching: {
      by: options.batching,
      size: options.batchSize,
      of: 'captions',
      perImage: options.captionsPerImage,
    },
    microBatch: options.microBatch ?? Infinity,
    patience: options.patience,
    epochs: { xe: options.xeEpochs, scst: options.scstEpochs },
    maxSteps: options.maxSteps ?? Infinity,
    maxMinutes: options.maxMinutes ?? Infinity,
    logEvery: options.logEvery,
    saveEvery: options.saveEvery,
    xe: { learningRate: options.rate, warmup: options.warmup, smoothing: options.labelSmoothing },
    scst: {
      learningRate: options.scstRate,
      images: options.scstImages,
      baseline: options.baseline,
      eos: options.rewardEos,
      documents: options.rewardDocuments,
    },
    clip: options.clip ?? Infinity,
    beam: options.beam,
    length: options.maxLength,
    origin: { ...originOf({ ...options, ...shape }), ...(references && { references }) },
  }
}

/** Options that may change when a run resumes: they decide where it stops and what it reports, not what it computes. */
const harmless = (
  'out vocab val examples resume overwrite from newVocab objective patience xeEpochs scstEpochs maxSteps maxMinutes logEvery saveEvery ' +
  'tensorboard base engine device threads microBatch'
).split(' ')

/** The options that decide what a run computes, by flag: kept in the model's config, and checked on resuming. */
function originOf(options: object): Record<string, unknown> {
  const deciding = Object.entries(options).filter(
    ([name, value]) => name in trainOptions && !harmless.includes(name) && value !== undefined,
  )
  return Object.fromEntries(deciding.map(([name, value]) => [flagOf(name), value]))
}
