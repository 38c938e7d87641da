import { readModelDirectory } from '../checkpoint/directory.js'
import { DataError, UsageError } from '../errors.js'
import { modelConfig, type ModelConfig } from '../model/config.js'
import { initialParameters, parameterShapes } from '../model/parameters.js'
import type { Example } from './examples.js'
import type { TrainOptions } from './options.js'
import { originOf } from './origin.js'
import type { Run } from './run.js'

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

/** Weights to begin with: those of --from, else as the reference starts. */
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
    xe: { rate: options.rate, warmup: options.warmup, smoothing: options.labelSmoothing },
    scst: {
      rate: options.scstRate,
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
