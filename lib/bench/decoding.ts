/** Benchmarks of decoding's two graphs: the encoder, and the decoder's step. */
import { createEngine } from '../engine/create.js'
import type { EngineFunction } from '../engine/engine.js'
import { specsOf } from '../engine/specs.js'
import { encodeFunction, stepFunction, topWords } from '../model/decode-step.js'
import { cacheSpecs, crossSpecs } from '../model/kv-cache.js'
import { initialParameters } from '../model/parameters.js'
import { allZeros, int32, int32Spec, zeros } from '../tensor.js'
import type { Benchmark } from './benchmark.js'
import { benchConfig as config, sampleFeatures, sampleWords } from './samples.js'

/** The paper's search: five beams of up to twenty words. */
const [beams, length] = [5, 20]

export const encode: Benchmark = {
  summary: 'the encoder, with what the decoder keeps of an image, in images a second',
  async *cases({ engine: options, images }) {
    const engine = await createEngine(options)
    const inputs = { features: sampleFeatures(config, images) }
    const start = performance.now()
    const signature = { inputs: specsOf(inputs), constants: initialParameters(config, 1) }
    const compiled = await engine.compile('encode', encodeFunction(config), signature)
    yield {
      name: 'encode',
      shapes: { images, regions: config.regions },
      unit: 'images',
      count: images,
      compileSeconds: (performance.now() - start) / 1000,
      run: () => compiled.run(inputs),
      dispose: () => engine.dispose(),
    }
  },
}

export const decodeSteps: Benchmark = {
  summary: 'one word of every beam, in beams a second',
  async *cases({ engine: options, images }) {
    const engine = await createEngine(options)
    const sizes = { slots: images, beams, length }
    const state = engine.state(allZeros({ ...crossSpecs(config, images), ...cacheSpecs(config, sizes) }))
    const inputs = {
      words: sampleWords(config, images, beams),
      parents: zeros(int32Spec(images, beams)),
      positions: int32(new Int32Array(images).fill(length / 2), images),
    } as const
    const fn: EngineFunction = (inputs, kept) => {
      const { outputs, state } = stepFunction(config)(inputs, kept)
      return { outputs: topWords([outputs.logProbs], beams), state }
    }
    const start = performance.now()
    const signature = { inputs: specsOf(inputs), state, constants: initialParameters(config, 1) }
    const compiled = await engine.compile('decode-step', fn, signature)
    yield {
      name: 'decode-step',
      shapes: { images, beams, length },
      unit: 'beams',
      count: images * beams,
      compileSeconds: (performance.now() - start) / 1000,
      run: () => compiled.run(inputs),
      dispose: () => engine.dispose(),
    }
  },
}
