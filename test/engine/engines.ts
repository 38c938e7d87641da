import { createEngine } from '../../lib/engine/create.js'
import { engineNames, type Engine } from '../../lib/engine/engine.js'
import { DataError } from '../../lib/errors.js'

/** What a test says that is skipped for want of an optional peer. */
export const noPeer = '@tensorflow/tfjs-node is not installed: pipelines/libtensorflow.sh'

/** What a test says that is skipped for want of a graphics card, or of a driver in software. */
export const noWebgpu =
  'no WebGPU adapter: pipelines/extras.sh finds a Vulkan driver in software (VK_ICD_FILENAMES names it)'

/** The engine on WebGPU; undefined where there is no adapter, so that its tests skip, saying so. */
export async function webgpuEngine(): Promise<Engine | undefined> {
  try {
    return await createEngine({ device: 'webgpu' })
  } catch (error) {
    if (error instanceof DataError) return undefined
    throw error
  }
}

/** Every engine; undefined for an optional peer that is not there, so that its tests skip, saying so. */
export async function allEngines(): Promise<[string, Engine | undefined][]> {
  const engines = engineNames.map(async (name): Promise<[string, Engine | undefined]> => {
    try {
      return [name, await createEngine({ engine: name, threads: 2 })]
    } catch (error) {
      if (name === 'tensorflow' && error instanceof DataError) return [name, undefined]
      throw error
    }
  })
  return [...(await Promise.all(engines)), ['webgpu', await webgpuEngine()]]
}
