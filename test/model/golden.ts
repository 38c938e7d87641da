import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readSafetensors } from '../../lib/formats/safetensors.js'
import * as tf from '../../lib/engine/tfjs.js'
import { modelConfig, type ModelConfig } from '../../lib/model/config.js'
import type { Tensors } from '../../lib/engine/engine.js'
import type { HostTensors } from '../../lib/tensor.js'
import { shared } from '../shared.js'

/** The tiny model made by the reference's code, with what it computed; undefined where ../shared is not there. */
export const tiny = shared('goldens', 'model', 'tiny')

/** One file of the goldens as tensors; whole numbers become int32. */
export async function golden(name: string): Promise<Tensors> {
  return tensorsOf(await readSafetensors(join(tiny ?? '', `${name}.safetensors`)))
}

export function tensorsOf(host: HostTensors): Tensors {
  return Object.fromEntries(
    Object.entries(host).map(([name, { shape, dtype, data }]) => [
      name,
      dtype === 'float32'
        ? tf.tensor(data, [...shape])
        : tf.tensor(Int32Array.from(data, Number), [...shape], 'int32'),
    ]),
  )
}

export async function tinyConfig(): Promise<ModelConfig> {
  const sizes: Record<string, number> = JSON.parse(await readFile(join(tiny ?? '', 'config.json'), 'utf8'))
  return modelConfig.parse({
    vocabularySize: sizes['vocab_size'],
    maxLength: sizes['max_len'],
    encoderLayers: sizes['n_enc'],
    decoderLayers: sizes['n_dec'],
    width: sizes['d_model'],
    heads: sizes['h'],
    keyWidth: sizes['d_k'],
    valueWidth: sizes['d_v'],
    hiddenWidth: sizes['d_ff'],
    memorySlots: sizes['m'],
    featureWidth: sizes['d_in'],
    regions: 10,
    regionMask: 'reference',
  })
}

/** The largest difference of two tensors of one shape. */
export const distance = (a: tf.Tensor, b: tf.Tensor): number =>
  tf.tidy(() => tf.max(tf.abs(tf.sub(a, tf.reshape(b, a.shape)))).dataSync()[0]!)

/** The norm of the difference over the norm of what is expected. */
export const relativeDistance = (found: tf.Tensor, expected: tf.Tensor): number =>
  tf.tidy(() => tf.div(tf.norm(tf.sub(found, expected)), tf.norm(expected)).dataSync()[0]!)

/** Sizes of a model that the cpu backend runs in no time. */
export const smallSizes = {
  vocabularySize: 11,
  encoderLayers: 2,
  decoderLayers: 2,
  width: 8,
  heads: 2,
  keyWidth: 4,
  valueWidth: 4,
  hiddenWidth: 16,
  memorySlots: 3,
  featureWidth: 6,
  regions: 4,
} as const
