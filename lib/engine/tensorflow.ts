/** The engine of TensorFlow's C library, through tfjs-node. */
import { DataError, codeOf, messageOf } from '../errors.js'
import { createEager } from './eager.js'
import type { Device, Engine } from './engine.js'
import { restoreLegacyUtil } from './legacy-util.js'
import * as tf from './tfjs.js'

/**
 * Loads tfjs-node, an optional peer: `@tensorflow/tfjs-node-gpu` on cuda, `@tensorflow/tfjs-node` on the CPU.
 *
 * @throws DataError where the package is missing or cannot be loaded, saying what to install
 */
export async function createTensorflow({ device }: { device: Device }): Promise<Engine> {
  if (device === 'webgpu') throw new DataError('the engine tensorflow computes on cpu or cuda, not on webgpu')
  const peer = device === 'cuda' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node'
  await load(peer)
  return createEager('tensorflow', 'tensorflow')
}

/** Loads the package, which registers its backend with the shared tfjs. */
async function load(peer: string): Promise<void> {
  // Warnings and errors only: its notes on the CPU's instructions are only noise on stderr.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
  restoreLegacyUtil()
  try {
    await import(peer)
  } catch (error) {
    const missing = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(codeOf(error) ?? '')
    throw new DataError(
      missing
        ? `the engine tensorflow needs ${peer}, which is not installed: npm install ${peer}@4.22.0, ` +
            'or pipelines/libtensorflow.sh where its download cannot be reached'
        : `${peer} is installed but cannot be loaded: ${messageOf(error)}`,
      { cause: error },
    )
  }
  if (!tf.engine().registryFactory['tensorflow'])
    throw new DataError(
      `${peer} was loaded but registered no backend: it uses another copy of @tensorflow/tfjs`,
    )
}
