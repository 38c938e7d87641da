/** Benchmarks of whole decoding: encoding and beam search of many images. */
import { createRunner, type RunnerOptions } from '../decoding/batching/runner.js'
import { decode } from '../decoding/batching/scheduler.js'
import { plainBanks } from '../decoding/search/banks.js'
import { beamSearch } from '../decoding/search/beam.js'
import type { Choices, Search } from '../decoding/search/search.js'
import { jobsOf } from '../decoding/workers/jobs.js'
import { release } from '../decoding/workers/memory.js'
import { openWorkers } from '../decoding/workers/pool.js'
import { createEngine } from '../engine/create.js'
import { special, type ModelConfig } from '../model/config.js'
import { hash } from '../random.js'
import { initialParameters } from '../model/parameters.js'
import { buffersOf } from '../tensor.js'
import type { Benchmark, Case, Settings } from './benchmark.js'
import { pytorch } from './pytorch.js'
import { benchConfig, sampleFeatures } from './samples.js'

/** The paper's search: five beams of up to twenty words. */
const [beam, length] = [5, 20]

const small: ModelConfig = {
  ...benchConfig,
  vocabularySize: 100,
  encoderLayers: 1,
  decoderLayers: 1,
  width: 32,
  heads: 2,
  keyWidth: 16,
  valueWidth: 16,
  hiddenWidth: 64,
  memorySlots: 2,
  regions: 5,
  featureWidth: 32,
}

/** Images decoded at once by `m2 decode`, for five beams. */
const slots = 16

/**
 * Whole decoding at full size: twenty times `--images` images, encoded and searched. Random weights say nothing about where
 * captions end, so the benchmark decides: `decode` gives every image a length like those of COCO's captions, from which on
 * `<eos>` is the likeliest word of every beam; `decode-all-steps` never ends before the twentieth word.
 * `decode-small-100` and `decode-small-10000` use a small model, to show whether an image's time and memory grow with the
 * images before it.
 */
export const captioning: Benchmark = {
  summary: 'whole decoding by beam search, in images a second',
  async *cases(settings) {
    const count = 20 * settings.images
    const ofCoco = (search: Search, image: number) => ending(search, cocoLength(image))
    const allSteps = (search: Search) => ending(search, length)
    yield await searchCase('decode', settings, { config: benchConfig, count, shape: ofCoco })
    yield await searchCase('decode-all-steps', settings, { config: benchConfig, count, shape: allSteps })
    yield* pytorch({
      job: 'decode',
      count: 10,
      unit: 'images',
      beside: ['decode', 'decode-all-steps'],
      settings,
    })
    for (const images of [100, 10_000])
      yield await searchCase(`decode-small-${images}`, settings, {
        config: small,
        count: images,
        shape: ofCoco,
      })
  },
}

/** A model, how many images it decodes, and what decides where their captions end. */
interface SearchCase {
  readonly config: ModelConfig
  readonly count: number
  readonly shape: (search: Search, image: number) => Search
}

async function searchCase(
  name: string,
  { engine: options }: Settings,
  { config, count, shape }: SearchCase,
): Promise<Case> {
  const features = sampleFeatures(config, slots).data as Float32Array // as samples makes them
  const size = config.regions * config.featureWidth
  const start = performance.now()
  const engine = await createEngine(options)
  const { count: workers, threads } = jobsOf(options)
  const parameters = initialParameters(config, 1)
  const described: RunnerOptions<number> = {
    models: [{ config, parameters }],
    slots,
    rows: beam,
    length,
    choices: beam,
    async readFeatures(batch, out) {
      batch.forEach((image, i) => {
        const start = (image % slots) * size
        out.set(features.subarray(start, start + size), i * size)
      })
    },
  }
  const runners =
    workers > 1
      ? openWorkers(engine, described, { workers, threads })
      : [await createRunner(engine, described)]
  if (workers > 1) release(buffersOf(parameters))
  const newSearch = (image: number) => shape(plainSearch(config), image)
  return {
    name,
    shapes: { images: count, regions: config.regions, beams: beam, length, slots, jobs: workers },
    unit: 'images',
    count,
    slow: true,
    compileSeconds: (performance.now() - start) / 1000,
    async run() {
      for await (const { hypotheses } of decode(numbers(count), runners, newSearch))
        if (hypotheses.length !== 1) throw new Error('expected one caption an image')
    },
    dispose() {
      for (const runner of runners) runner.dispose()
      engine.dispose()
    },
  }
}

const plainSearch = ({ vocabularySize }: ModelConfig): Search =>
  beamSearch({ banks: plainBanks(beam), vocabularySize, maxLength: length, nBest: 1 })

/** A search for which `<eos>` is every row's likeliest word from `words` words on, and never before. */
function ending(search: Search, words: number): Search {
  let said = 0
  return {
    ...search,
    advance(choices) {
      const { ids, perRow } = choices
      for (let first = 0; first < ids.length; first += perRow) {
        for (let i = first; i < first + perRow; i++) if (ids[i] === special.eos) ids[i] = special.unk
        if (said === words) end(choices, first)
      }
      said++
      return search.advance(choices)
    },
  }
}

function end({ ids, logProbs }: Choices, first: number): void {
  ids[first] = special.eos
  logProbs[first] = 0
}

/** From 8 to 19 words, as often as in COCO's val2014 captions, whose mean is 10.5. */
function cocoLength(image: number): number {
  const share = (hash(1, image) >>> 0) / 2 ** 32
  return 8 + shares.findIndex((upTo) => share < upTo)
}
const shares = [0.172, 0.39, 0.605, 0.759, 0.858, 0.915, 0.948, 0.967, 0.978, 0.985, 0.99, 1]

async function* numbers(count: number) {
  for (let i = 0; i < count; i++) yield i
}
