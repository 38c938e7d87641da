/** A model as ONNX graphs, for any runtime. */
import { resolve } from 'node:path'
import type { Precision } from '../engine/engine.js'
import { traceToOnnx } from '../engine/onnx/record.js'
import { UsageError } from '../errors.js'
import { replaceFile, writeFully } from '../files/replace.js'
import { replaceTogether } from '../files/transaction.js'
import { encodeFunction, encodeInputs, stepFunction, stepInputs } from '../model/decode-step.js'
import { cacheSpecs, crossSpecs, type DecodeSizes } from '../model/kv-cache.js'
import type { Specs } from '../tensor.js'
import type { ModelDirectory } from './directory.js'
import { searchGraph } from './search-graph.js'

/** A written file, with the shapes of its inputs and outputs. */
export interface Exported {
  file: string
  /** A size that any run may choose is a name. */
  inputs: Record<string, readonly (number | string)[]>
  outputs: Record<string, readonly (number | string)[]>
}

/**
 * Writes a model as ONNX graphs in the standard's operators, with its vocabulary:
 *
 * - encoder.onnx: `features` (images, regions, featureWidth) to what the decoder attends to, `cross.*`
 * - decode-step.onnx: one word for every beam of every image. `words` and `parents` (images, beams) and `positions`
 *   (images), as decodeStep in lib/model/decode-step.ts describes them, `cross.*`, and the cache `state/own.*`, zeros at
 *   first; to `logProbs` (images * beams, words) and the cache of the next step, `next/own.*`
 * - search.onnx: `features` of any number of images to `words` and `log_prob`, with the search inside: search-graph.ts
 */
export async function writeOnnx(
  directory: string,
  {
    config: { model: config },
    parameters: constants,
    vocabulary,
  }: Pick<ModelDirectory, 'config' | 'parameters' | 'vocabulary'>,
  sizes: DecodeSizes,
  precision: Precision,
): Promise<Exported[]> {
  const { slots: images, beams, length } = sizes
  if (beams > config.vocabularySize)
    throw new UsageError(`--beam ${beams} is more than the vocabulary's ${config.vocabularySize} words`)
  const features = encodeInputs(config, images)
  const cross = crossSpecs(config, images)
  const cache = cacheSpecs(config, sizes)
  const inputs = { ...stepInputs(sizes), ...cross }
  const encoder = traceToOnnx('encoder', encodeFunction(config), { inputs: features, constants }, precision)
  const step = { inputs, constants, state: cache }
  const decoder = traceToOnnx('decode-step', stepFunction(config), step, precision)

  await replaceTogether(directory, {
    'encoder.onnx': write(encoder),
    'decode-step.onnx': write(decoder),
    'search.onnx': write(searchGraph(config, constants, sizes, precision)),
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
    {
      file: resolve(directory, 'search.onnx'),
      inputs: { features: ['images', config.regions, config.featureWidth] },
      outputs: { words: ['images', length], log_prob: ['images'] },
    },
  ]
}

const shapesOf = (specs: Specs, prefix = '') =>
  Object.fromEntries(Object.entries(specs).map(([name, { shape }]) => [prefix + name, shape]))

const write = (bytes: Uint8Array) => (path: string) =>
  replaceFile(path, (handle) => writeFully(handle, bytes))
