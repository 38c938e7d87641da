/** The model that a run starts from: its config, from options, --from or the run that is resumed, and its weights. */
import { join } from 'node:path'
import { readConfig, readModelDirectory, type ModelDirectory } from '../checkpoint/directory.js'
import { DataError, UsageError } from '../errors.js'
import { modelConfig, type ModelConfig } from '../model/config.js'
import { initialParameters } from '../model/parameters.js'
import { flagOf } from '../options.js'
import type { HostTensors } from '../tensor.js'
import type { Vocabulary } from '../text/vocabulary.js'
import { readSavedState } from './checkpoint.js'
import type { Example } from './examples.js'
import { modelDefaults, modelOptions, mostRegions } from './model-options.js'
import { withVocabulary } from './new-vocabulary.js'
import type { TrainOptions } from './options.js'

/** What a run starts from, before its examples are known. */
export interface Start {
  /** The model that was there before: of --from, or of the run that is resumed. */
  readonly config: ModelConfig | undefined
  /** Of --from; undefined where a run is resumed, whose weights are in its checkpoint. */
  readonly model: ModelDirectory | undefined
  /** The options of the run that is resumed, by flag. */
  readonly origin: ReadonlyMap<string, unknown> | undefined
}

/**
 * Reads what the run starts from.
 *
 * @throws DataError where --from is not a model directory, or a checkpoint is damaged
 */
export async function readStart({ out, from, resume, overwrite, newVocab }: TrainOptions): Promise<Start> {
  if (resume && overwrite) throw new UsageError('--resume continues a run, --overwrite replaces it: give one')
  if (newVocab && from === undefined)
    throw new UsageError('--new-vocab needs --from, a model to take words from')
  const saved = resume ? await readSavedState(join(out, 'last')) : undefined
  if (saved) {
    const { model } = await readConfig(join(out, 'last'))
    return { config: model, model: undefined, origin: new Map(Object.entries(saved.origin as object)) } // checked when it was read
  }
  if (from === undefined) return { config: undefined, model: undefined, origin: undefined }
  const model = await readModelDirectory(from)
  return { config: model.config.model, model, origin: undefined }
}

/** The model that options and data describe, and its regions in words where that should be told. */
export function configOf(
  options: TrainOptions,
  { config: before, model }: Start,
  vocabulary: Vocabulary,
  examples: readonly Example[],
): { config: ModelConfig; note: string | undefined } {
  if (vocabulary.size < 5) throw new DataError(`--vocab ${options.vocab} has no words but the special ones`)
  if (model) checkConflicts(options, model.config.model)
  const [first] = examples as readonly [Example, ...Example[]] // a run has examples
  const featureWidth = first.features.shape[1]
  if (before && before.featureWidth !== featureWidth)
    throw new DataError(
      `image ${first.id}: the model of ${model ? `--from ${options.from}` : options.out} takes features of width ` +
        `${before.featureWidth}, these have ${featureWidth}`,
    )
  const { regions, note } = regionsOf(options, before, examples)
  const shared = { vocabularySize: vocabulary.size, featureWidth, regions }
  // Of a run that is resumed, folder.ts checks that the options are still the same.
  if (before) return { config: { ...before, ...shared, dropout: options.dropout ?? before.dropout }, note }
  const given = { ...modelDefaults, ...defined(options) }
  const { width, heads, layers, ...rest } = given
  if (width % heads !== 0) throw new UsageError(`--width ${width} does not divide into ${heads} heads`)
  const sizes = { width, heads, keyWidth: width / heads, valueWidth: width / heads }
  const config = {
    encoderLayers: layers,
    decoderLayers: layers,
    hiddenWidth: 4 * width,
    ...rest,
    ...sizes,
    ...shared,
  }
  return { config: modelConfig.parse(config), note }
}

/** Weights to begin with: those of --from, otherwise random ones as in the reference. */
export function initialOf(
  { from, seed, newVocab }: TrainOptions,
  { model }: Start,
  config: ModelConfig,
  vocabulary: Vocabulary,
): { parameters: () => HostTensors; note: string | undefined } {
  if (!model) return { parameters: () => initialParameters(config, seed), note: undefined }
  if (newVocab) return withVocabulary(model, config, vocabulary, seed)
  if (model.vocabulary.hash !== vocabulary.hash)
    throw new DataError(
      `--from ${from} has another vocabulary than --vocab; use ${from}/vocab.json, or --new-vocab, which keeps the words ` +
        'that both have',
    )
  return { parameters: () => model.parameters, note: undefined }
}

/** The model options of a run by name, resolved, for its origin. */
export function modelOrigin(
  options: TrainOptions,
  { origin }: Start,
  config: ModelConfig,
): Record<string, unknown> {
  const { hiddenWidth, ...shape } = shapeOf(config)
  const resolved: Record<string, unknown> = {
    ...shape,
    ...(hiddenWidth !== 4 * config.width && { hiddenWidth }),
  }
  const names = Object.keys(modelOptions) as (keyof typeof modelOptions)[] // its own
  return Object.fromEntries(
    names.map((name) => [name, options[name] ?? (origin ? origin.get(flagOf(name)) : resolved[name])]),
  )
}

/** A config by the names of the options. */
function shapeOf({ encoderLayers, ...config }: ModelConfig) {
  const { width, heads, hiddenWidth, memorySlots, regions, regionMask, connections, gates, dropout } = config
  const layers = encoderLayers
  return { width, heads, layers, hiddenWidth, memorySlots, regions, regionMask, connections, gates, dropout }
}

/** The model options that were given. */
function defined(options: TrainOptions): Partial<ReturnType<typeof shapeOf>> {
  const given = Object.entries(options).filter(([name, value]) => name in modelOptions && value !== undefined)
  return Object.fromEntries(given)
}

/** The weights of --from fit one shape; only dropout may be another. */
function checkConflicts(options: TrainOptions, before: ModelConfig): void {
  const own: Record<string, unknown> = shapeOf(before)
  for (const [name, value] of Object.entries(defined(options)))
    if (name !== 'dropout' && value !== own[name])
      throw new UsageError(
        `--${flagOf(name)} ${value}: the model of --from ${options.from} has ${String(own[name])}; leave the option out`,
      )
}

/** How many regions the model takes, and what happens to images that have more. */
function regionsOf(
  options: TrainOptions,
  before: ModelConfig | undefined,
  examples: readonly Example[],
): { regions: number; note: string | undefined } {
  const most = examples.reduce((most, { features }) => Math.max(most, features.shape[0]), 0)
  const told = options.regions ?? before?.regions
  if (told !== undefined) {
    const cut = examples.filter(({ features }) => features.shape[0] > told).length
    const note = `${cut} of ${examples.length} images have more regions than ${told}, up to ${most}: the first ${told} are used`
    return { regions: told, note: cut > 0 ? note : undefined }
  }
  if (most > mostRegions)
    throw new DataError(
      `an image has ${most} regions, more than the ${mostRegions} that are taken without asking; ` +
        '--regions N says how many of the first to use',
    )
  const { regions } = modelDefaults
  const note = `images have up to ${most} regions, and the model takes as many; --regions ${regions} is the paper's`
  return most > regions ? { regions: most, note } : { regions, note: undefined }
}
