/** Creation of a compute engine from its name and device. */
import { DataError } from '../errors.js'
import type { Engine, EngineOptions } from './engine.js'

/**
 * Creates a compute engine; its package is loaded only now.
 *
 * @throws DataError where the engine's package or the device is not there, saying what to install
 */
export async function createEngine({
  engine = 'onnxruntime',
  device = 'cpu',
  threads,
  sessions,
  precision = 'float32',
}: EngineOptions): Promise<Engine> {
  if (engine === 'onnxruntime') {
    const { createOnnxruntime } = await import('./onnxruntime/engine.js')
    return await createOnnxruntime({ device, threads, sessions, precision })
  }
  if (precision !== 'float32')
    throw new DataError(
      `the engine ${engine} computes in float32, not in ${precision}; use --engine onnxruntime`,
    )
  if (engine === 'tensorflow') {
    const { createTensorflow } = await import('./tensorflow.js')
    return await createTensorflow({ device })
  }
  if (device !== 'cpu')
    throw new DataError(`the engine cpu computes on the cpu, not on ${device}; use --engine onnxruntime`)
  const { createEager } = await import('./eager.js')
  return createEager('cpu', 'cpu')
}
