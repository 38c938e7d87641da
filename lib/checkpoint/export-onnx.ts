import { resolve } from 'node:path'
import type { EngineFunction, Precision } from '../engine/engine.js'
import { traceToOnnx } from '../engine/onnx/record.js'
import type * as tf from '../engine/tfjs.js'
import { cacheSpecs, type Seats } from '../model/kv-cache.js'
import { crossSpecs, encodeImages } from '../model/images.js'
import { decodeStep, type StepInputs } from '../model/decode-step.js'
import { replaceFile, writeFully } from '../files/replace.js'
import { float32Spec, int32Spec, type Specs } from '../tensor.js'
import type { ModelDirectory } from './directory.js'
import { replaceTogether } from '../files/transaction.js'

/** A file that was written, and what it takes and gives. */
export interface Exported {
  file: string
  inputs: Record<string, readonly number[]>
  outputs: Record<string, readonly number[]>
}

/**
 * Writes a model as ONNX graphs in the standard's operators, for any runtime, with its vocabulary:
 *
 * - encoder.onnx: `features` (images, regions, featureWidth) to what the decoder attends to, `cross.*`
 * - decode-step.onnx: one word for every beam of every image. `words` and `parents` (images, beams) and `positions`
 *   (images), as decodeStep in lib/model/decode-step.ts describes them, `cross.*`, and the cache `state/own.*`, zeros at first; to
 *   `logProbs` (images * beams, words) and the cache of the next step, `next/own.*`
 */
export async function writeOnnx(
  directory: string,
  {
    config: { model: config },
    parameters,
    vocabulary,
  }: Pick<ModelDirectory, 'config' | 'parameters' | 'vocabulary'>,
  seats: Seats,
  precision: Precision,
): Promise<Exported[]> {
  const { slots: images, beams } = seats
  const features: Specs = { features: float32Spec(images, config.regions, config.featureWidth) }
  const cross = crossSpecs(config, images)
  const cache = cacheSpecs(config, seats)
  const choices: Specs = {
    words: int32Spec(images, beams),
    parents: int32Spec(images, beams),
    positions: int32Spec(images),
  }
  // The casts say the ranks that the specs give these tensors.
  const encode: EngineFunction = ({ features }, parameters) => ({
    outputs: encodeImages({ config, parameters }, features as tf.Tensor3D),
  })
  const step: EngineFunction = ({ words, parents, positions, ...cross }, state) => {
    const model = { config, parameters: state }
    const last = { words, parents, positions } as StepInputs
    const { logProbs, cache } = decodeStep(model, last, { ...cross, ...state })
    return { outputs: { logProbs }, state: cache }
  }
  const constants = parameters
  const encoder = traceToOnnx('encoder', encode, { inputs: features, constants }, precision)
  const inputs = { ...choices, ...cross }
  const decoder = traceToOnnx('decode-step', step, { inputs, constants, state: cache }, precision)

  await replaceTogether(directory, {
    'encoder.onnx': write(encoder),
    'decode-step.onnx': write(decoder),
    'vocab.json': write(Buffer.from(`${JSON.stringify(vocabulary)}\n`)),
  })
  const logProbs = { logProbs: [images * beams, config.vocabularySize] }
  return [
    { file: resolve(directory, 'encoder.onnx'), inputs: shapesOf(features), outputs: shapesOf(cross) },
    {
      file: resolve(directory, 'decode-step.onnx'),
      inputs: { ...shapesOf(inputs), ...shapesOf(cache, 'state/') },
      outputs: { ...logProbs, ...shapesOf(cache, 'next/') },
    },
  ]
}

const shapesOf = (specs: Specs, prefix = '') =>
  Object.fromEntries(Object.entries(specs).map(([name, { shape }]) => [prefix + name, shape]))

const write = (bytes: Uint8Array) => (path: string) =>
  replaceFile(path, (handle) => writeFully(handle, bytes))
