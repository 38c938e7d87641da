/**
 * A model directory: config.json, model.safetensors under the reference's names (PyTorch's `load_state_dict` takes it as
 * it is), vocab.json, and, for resuming training, training.safetensors and state.json. All are replaced together: a
 * kill at any moment leaves the old model or the new one.
 */
import { join } from 'node:path'
import * as z from 'zod'
import { DataError, messageOf } from '../errors.js'
import { misfitOf } from '../formats/misfit.js'
import { modelConfig } from '../model/config.js'
import { readWhole } from '../files/read.js'
import { replaceFile, writeFully } from '../files/replace.js'
import type { HostTensors } from '../tensor.js'
import { readVocabulary, type Vocabulary } from '../text/vocabulary.js'
import { readSafetensors, writeSafetensors } from '../formats/safetensors.js'
import { currentPath, replaceTogether, type Writer } from '../files/transaction.js'
import { checkParameters, referenceBuffers, type Weights } from './weights.js'

/** config.json. */
export const directoryConfig = z.object({
  format: z.literal('m2').default('m2'),
  version: z.literal(1).default(1),
  model: modelConfig.strict(),
  /** The rules that split the training captions into words. */
  tokenizer: z.enum(['spacy', 'ptb']).default('spacy'),
  /** Defaults of `m2 decode`. */
  decode: z
    .object({
      beam: z.number().int().min(1).default(5),
      maxLength: z.number().int().min(1).default(20),
    })
    .prefault({}),
  /** For the record: the options of the training run, or the file that the model was imported from. */
  origin: z.record(z.string(), z.unknown()).optional(),
})

export type DirectoryConfig = z.infer<typeof directoryConfig>

export interface ModelDirectory {
  config: DirectoryConfig
  /** By the reference's names, in the order of the layers. */
  parameters: Readonly<Record<string, Weights>>
  vocabulary: Vocabulary
}

/** What training resumes from, opaque here: tensors (Adam's moments), and any JSON (step, seeds, patience). */
export interface TrainingState {
  tensors: HostTensors
  state: unknown
}

/**
 * Reads a model.
 *
 * @throws DataError where this is not a model directory, or weights, vocabulary and config do not fit together
 */
export async function readModelDirectory(directory: string): Promise<ModelDirectory> {
  const config = await readConfig(directory)
  const vocabulary = await readVocabulary(await pathOf(directory, 'vocab.json'))
  const weights = await pathOf(directory, 'model.safetensors')
  const parameters = checkModel(config, vocabulary, await readSafetensors(weights), directory)
  return { config, parameters, vocabulary }
}

/** Reads the config of a model directory alone. Throws DataError where it is not one. */
export const readConfig = (directory: string): Promise<DirectoryConfig> =>
  readJson(directory, 'config.json', directoryConfig)

/** Reads what a model directory holds for resuming; undefined where it holds none. */
export async function readTrainingState(directory: string): Promise<TrainingState | undefined> {
  const state = await readTrainingPosition(directory)
  if (state === undefined) return undefined
  return { state, tensors: await readSafetensors(await pathOf(directory, 'training.safetensors')) }
}

/** The training state without its large tensors. */
export async function readTrainingPosition(directory: string): Promise<unknown> {
  if ((await currentPath(directory, 'state.json')) === undefined) return undefined
  return await readJson(directory, 'state.json', z.unknown())
}

/**
 * Writes a model directory, and makes the folder if need be. A model in it is replaced whole, its training state included.
 *
 * @param parameters tensors by the reference's names; its buffers may be among them
 */
export async function writeModelDirectory(
  directory: string,
  model: { config: z.input<typeof directoryConfig>; parameters: HostTensors; vocabulary: Vocabulary },
  training?: TrainingState,
): Promise<void> {
  const config = directoryConfig.parse(model.config)
  const parameters = checkModel(config, model.vocabulary, model.parameters, directory)
  await replaceTogether(directory, {
    'config.json': json(config, 2),
    'vocab.json': json(model.vocabulary),
    'model.safetensors': (path) =>
      writeSafetensors(path, { ...parameters, ...referenceBuffers(config.model) }, { format: 'pt' }),
    'training.safetensors': training && ((path) => writeSafetensors(path, training.tensors)),
    'state.json': training && json(training.state, 2),
  })
}

/** Checks that weights, vocabulary and config fit together; returns the weights without the reference's buffers. */
function checkModel(
  { model }: DirectoryConfig,
  { words }: Vocabulary,
  tensors: HostTensors,
  directory: string,
): Record<string, Weights> {
  if (words.length !== model.vocabularySize)
    throw new DataError(
      `${join(directory, 'vocab.json')}: expected the ${model.vocabularySize} words of config.json's vocabularySize, ` +
        `found ${words.length}; a model needs the vocabulary it was trained with`,
    )
  return checkParameters(tensors, model, join(directory, 'model.safetensors'))
}

async function pathOf(directory: string, name: string): Promise<string> {
  const path = await currentPath(directory, name)
  if (path !== undefined) return path
  // A training run writes its best model here, and beside it the one it resumes from.
  const last = join(directory, 'last')
  const hint = (await currentPath(last, 'config.json'))
    ? `The run has no best model yet; ${last} holds its newest one`
    : 'm2 train and m2 import write model directories'
  throw new DataError(
    `${directory}: expected a model directory, with config.json, model.safetensors and vocab.json; found no ${name}. ${hint}`,
  )
}

async function readJson<Schema extends z.ZodType>(
  directory: string,
  name: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const path = await pathOf(directory, name)
  const text = (await readWhole(path)).toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new DataError(`${path}: expected JSON: ${messageOf(error)}`)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new DataError(`${path}: ${misfitOf(parsed.error)}`)
}

function json(value: unknown, indent?: number): Writer {
  const bytes = Buffer.from(`${JSON.stringify(value, undefined, indent)}\n`)
  return (path) => replaceFile(path, (handle) => writeFully(handle, bytes))
}
