import { createEngine } from '../../lib/engine/create.js'
import { engineNames, type Engine, type EngineName } from '../../lib/engine/engine.js'
import { DataError } from '../../lib/errors.js'

/** What a test says that is skipped for want of an optional peer. */
export const noPeer = '@tensorflow/tfjs-node is not installed: pipelines/libtensorflow.sh'

/** Every engine; undefined for an optional peer that is not there, so that its tests skip, saying so. */
export async function allEngines(): Promise<[EngineName, Engine | undefined][]> {
  const engines = engineNames.map(async (name): Promise<[EngineName, Engine | undefined]> => {
    try {
      return [name, await createEngine({ engine: name, threads: 2 })]
    } catch (error) {
      if (name === 'tensorflow' && error instanceof DataError) return [name, undefined]
      throw error
    }
  })
  return await Promise.all(engines)
}
