/** The list of benchmarks. */
import type { Benchmark } from './benchmark.js'

/** Every benchmark, by its name on the command line; loaded when asked for. */
export const benchmarks: Readonly<Record<string, () => Promise<Benchmark>>> = {
  encode: async () => (await import('./decoding.js')).encode,
  'decode-step': async () => (await import('./decoding.js')).decodeSteps,
  decode: async () => (await import('./captioning.js')).captioning,
  xe: async () => (await import('./cross-entropy.js')).xe,
  train: async () => (await import('./training.js')).training,
  score: async () => (await import('./scoring.js')).score,
  tokenize: async () => (await import('./scoring.js')).tokenize,
  reward: async () => (await import('./scoring.js')).reward,
  reader: async () => (await import('./feature-reader.js')).reader,
  detect: async () => (await import('./detection.js')).detection,
  adam: async () => (await import('./adam.js')).adam,
}
