/** Measures a step of cross-entropy training. */
import { createEngine } from '../engine/create.js'
import { specsOf } from '../engine/specs.js'
import { initialParameters } from '../model/parameters.js'
import { adamInputs, initialMoments } from '../training/optimizer/adam.js'
import { crossEntropyLoss } from '../training/objectives/cross-entropy.js'
import { trainStep, trainedNames } from '../training/optimizer/step.js'
import type { Benchmark, Case, Settings } from './benchmark.js'
import { benchConfig as config, sampleFeatures, sampleNoise, sampleWords } from './samples.js'

/** Captions of an image, and words that a caption is given, `<bos>` and `<eos>` included. */
const [captionsOfImage, words] = [5, 17]

/**
 * A step of cross-entropy training with dropout: forward, gradients and Adam. Grouped encodes an image once for its
 * captions; flat is the reference's batch, where each caption brings its own copy.
 */
export const xe: Benchmark = {
  summary: 'a step of cross-entropy training, in captions a second',
  async *cases(settings) {
    yield await step('xe-grouped', settings, settings.images, captionsOfImage)
    yield await step('xe-flat', settings, settings.images * captionsOfImage, 1)
  },
}

async function step(name: string, settings: Settings, images: number, captions: number): Promise<Case> {
  const engine = await createEngine(settings.engine)
  const parameters = initialParameters(config, 1)
  const state = engine.state({ ...parameters, ...initialMoments(parameters, trainedNames(config)) })
  const inputs = {
    features: sampleFeatures(config, images),
    captions: sampleWords(config, images, captions, words),
    regionNoise: sampleNoise(3, images * config.regions),
    wordNoise: sampleNoise(4, images * captions * (words - 1)),
    ...adamInputs(1, 1e-5),
  }
  const start = performance.now()
  const fn = trainStep(config, crossEntropyLoss(config))
  const compiled = await engine.compile(name, fn, { inputs: specsOf(inputs), state })
  return {
    name,
    shapes: { images, captions: images * captions, words: words - 1, regions: config.regions },
    unit: 'captions',
    count: images * captions,
    compileSeconds: (performance.now() - start) / 1000,
    run: () => compiled.run(inputs),
    dispose: () => engine.dispose(),
  }
}
