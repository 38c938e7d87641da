/** Models that decode together. */
import { DataError } from '../errors.js'
import type { HostTensors } from '../tensor.js'
import { readModelDirectory, type ModelDirectory } from './directory.js'

/** A model for decoding. Its parameters belong to the caller; asked a second time, they are read a second time. */
export interface Member extends Pick<ModelDirectory, 'config' | 'vocabulary'> {
  parameters(): Promise<HostTensors>
}

/** Reads the models of an ensemble. @throws DataError where they do not fit together */
export async function readEnsemble(directories: readonly string[]): Promise<[Member, ...Member[]]> {
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
  const members = models.map((model, i) => memberOf(model, directories[i]!))
  return members as [Member, ...Member[]] // as many as models
}

function memberOf({ config, vocabulary, parameters }: ModelDirectory, directory: string): Member {
  let read: HostTensors | undefined = parameters
  return {
    config,
    vocabulary,
    async parameters() {
      const given = read ?? (await readModelDirectory(directory)).parameters
      read = undefined
      return given
    },
  }
}
