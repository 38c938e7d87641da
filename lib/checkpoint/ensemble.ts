import { DataError } from '../errors.js'
import { readModelDirectory, type ModelDirectory } from './directory.js'

/** Reads models that are to decode together. @throws DataError where they do not fit each other */
export async function readEnsemble(directories: readonly string[]) {
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
