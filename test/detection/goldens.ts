/** The golden detectors: tiny networks of random weights, and what a PyTorch port computes with them of real photographs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { detectorFromWeights } from '../../lib/detection/make.js'
import { readSafetensors } from '../../lib/formats/safetensors.js'
import type { HostTensors } from '../../lib/tensor.js'
import { noShared, shared } from '../shared.js'

export const seeds = ['seed7', 'seed9'] as const

const available = shared('goldens', 'detector') && shared('data', 'photos')

/** Options of a test that needs the goldens and their photographs. */
export const withGoldens = { skip: available ? false : noShared }

/** The folder of a golden detector. */
export function goldenFolder(seed: string): string {
  const folder = shared('goldens', 'detector', seed)
  if (!folder) throw new Error(noShared)
  return folder
}

export async function readGolden(seed: string) {
  const folder = goldenFolder(seed)
  const settings = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as { photo: string }
  const photo = shared('data', 'photos', settings.photo)
  const golden = await readSafetensors(join(folder, 'golden.safetensors'))
  const { config, weights } = await detectorFromWeights(join(folder, 'detector.safetensors'), settings)
  if (config.network !== 'faster-rcnn' || !weights || !photo)
    throw new Error(`${folder} does not hold a golden detector`)
  return { folder, settings, photo, golden, config, weights }
}

/** The float32 numbers of a golden tensor. */
export function numbers(golden: HostTensors, name: string): Float32Array {
  const tensor = golden[name]
  if (tensor?.dtype !== 'float32') throw new Error(`no float32 ${name} in the golden`)
  return tensor.data
}
