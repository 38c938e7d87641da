/** A training run: everything that decides it, made from the options of `m2 train`. */
import { readModelDirectory } from '../checkpoint/directory.js'
import { DataError, UsageError } from '../errors.js'
import type { FeatureReader } from '../features/reader.js'
import { modelConfig, type ModelConfig } from '../model/config.js'
import { initialParameters, parameterShapes } from '../model/parameters.js'
import { flagOf } from '../options.js'
import type { Vocabulary } from '../text/vocabulary.js'
import type { Batching } from './batches.js'
import type { Baseline, Objective } from './early-stopping.js'
import type { Example } from './examples.js'
import { trainOptions, type TrainOptions } from './options.js'
import type { Ranks } from './ranks.js'

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

/** The run that the options describe. */
export function runOf(
  options: TrainOptions,
  rest: Pick<Run, 'config' | 'vocabulary' | 'examples' | 'validation' | 'reader' | 'ranks'>,
): Run {
  if (options.beam > rest.vocabulary.size)
    throw new UsageError(`--beam ${options.beam} is more than the vocabulary's ${rest.vocabulary.size} words`)
  const longest = rest.config.maxLength - 1
  if (options.maxLength > longest)
    throw new UsageError(
      `--max-length ${options.maxLength}: the model's longest caption has ${longest} words`,
    )
  return {
    ...rest,
    out: options.out,
    planned: options.objective,
    seed: options.seed,
    batching: { by: options.batching, size: options.batchSize, perImage: options.captionsPerImage },
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
    origin: originOf(options),
  }
}

/** The model that the options describe. */
export function configOf(options: TrainOptions, vocabularySize: number, first: Example): ModelConfig {
  const { width, heads } = options
  if (vocabularySize < 5) throw new DataError(`--vocab ${options.vocab} has no words but the special ones`)
  if (width % heads !== 0) throw new UsageError(`--width ${width} does not divide into ${heads} heads`)
  return modelConfig.parse({
    vocabularySize,
    encoderLayers: options.layers,
    decoderLayers: options.layers,
    width,
    heads,
    keyWidth: width / heads,
    valueWidth: width / heads,
    hiddenWidth: options.hiddenWidth ?? 4 * width,
    memorySlots: options.memorySlots,
    featureWidth: first.features.shape[1],
    regions: options.regions,
    regionMask: options.regionMask,
    connections: options.connections,
    gates: options.gates,
    dropout: options.dropout,
  })
}

/** Weights to begin with: those of --from, otherwise random ones as in the reference. */
export async function initialOf(
  { from, seed }: TrainOptions,
  config: Run['config'],
  vocabulary: Run['vocabulary'],
) {
  if (from === undefined) return initialParameters(config, seed)
  const model = await readModelDirectory(from)
  if (model.vocabulary.hash !== vocabulary.hash)
    throw new DataError(`--from ${from} has another vocabulary than --vocab; use ${from}/vocab.json`)
  for (const [name, shape] of Object.entries(parameterShapes(config))) {
    const found = model.parameters[name]?.shape.join()
    if (found !== shape.join())
      throw new DataError(
        `--from ${from}: ${name}: expected shape ${shape.join()}, found ${found ?? 'none'}; give the options it was trained with`,
      )
  }
  return model.parameters
}

/** Options that may change when a run resumes: they decide where it stops and what it reports, not what it computes. */
const harmless = (
  'out vocab val examples resume from objective patience xeEpochs scstEpochs maxSteps maxMinutes logEvery saveEvery ' +
  'tensorboard engine device threads microBatch'
).split(' ')

/** The options that decide what a run computes, by flag: kept in the model's config, and checked on resuming. */
function originOf(options: TrainOptions): Record<string, unknown> {
  const deciding = Object.entries(options).filter(
    ([name, value]) => name in trainOptions && !harmless.includes(name) && value !== undefined,
  )
  return Object.fromEntries(deciding.map(([name, value]) => [flagOf(name), value]))
}
