/** The benchmark `train`: steps of training as `m2 train` takes them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFeatureReader } from '../features/reader.js'
import { createFeatureFile } from '../formats/hdf5/writer.js'
import { createEngine } from '../engine/create.js'
import type { Engine } from '../engine/engine.js'
import { initialParameters } from '../model/parameters.js'
import { Vocabulary } from '../text/vocabulary.js'
import { epochBatches } from '../training/batches.js'
import type { Objective } from '../training/early-stopping.js'
import type { Example } from '../training/examples.js'
import { joinRanks, type Ranks } from '../training/ranks.js'
import type { Run } from '../training/run.js'
import { createSteps, lossesOf } from '../training/objectives/index.js'
import { createOptimizer } from '../training/optimizer/index.js'
import { batchingOf, readShard, shardingOf } from '../training/shards.js'
import { Parts, type Benchmark, type Case, type Settings } from './benchmark.js'
import { pytorch } from './pytorch.js'
import { benchConfig as config, sampleFeatures, sampleWords } from './samples.js'

/** Captions of an image, and words of a caption without `<eos>`. */
const [perImage, words] = [5, 15]

/**
 * Whole training steps: features read from a warm HDF5 file, batches put together, rewards computed. With random weights no
 * sample ends before its twentieth word. Under mpirun each rank has `--images` images.
 */
export const training: Benchmark = {
  summary:
    'steps of training, in captions a second, or images for self-critical training, in images a second',
  async *cases(settings) {
    const ranks = await joinRanks(process.env)
    const folder = mkdtempSync(join(tmpdir(), 'm2-bench-'))
    try {
      const images = settings.images * ranks.size
      const examples = await writeExamples(join(folder, 'features.hdf5'), images)
      const all = { settings, examples, images, ranks }
      yield await steps('train-xe-grouped', 'xe', all, 'images')
      if (ranks.size === 1) {
        yield await steps('train-xe-flat', 'xe', all, 'captions')
        const beside = ['train-xe-grouped', 'train-xe-flat']
        yield* pytorch({ job: 'xe', count: images * perImage, unit: 'captions', beside, settings })
      }
      yield await steps('train-scst', 'scst', all, 'images')
      if (ranks.size === 1) {
        const beside = ['train-scst']
        yield* pytorch({ job: 'scst', count: images, unit: 'images', beside, settings })
      }
    } finally {
      ranks.finish()
      rmSync(folder, { recursive: true })
    }
  },
}

async function steps(
  name: string,
  objective: Objective,
  {
    settings,
    examples,
    images,
    ranks,
  }: { settings: Settings; examples: readonly Example[]; images: number; ranks: Ranks },
  by: 'images' | 'captions',
): Promise<Case> {
  const reader = createFeatureReader({ regions: config.regions, width: config.featureWidth })
  const run: Run = {
    out: '',
    config,
    vocabulary: numbered(),
    examples,
    validation: [],
    reader,
    ranks,
    planned: [objective],
    seed: 1,
    batching: { by, size: images * perImage, of: 'captions', perImage },
    microBatch: Infinity,
    patience: 5,
    epochs: { xe: 1, scst: 1 },
    maxSteps: Infinity,
    maxMinutes: Infinity,
    logEvery: 1,
    saveEvery: Infinity,
    xe: { learningRate: 1, warmup: 10_000, smoothing: 0 },
    scst: { learningRate: 5e-6, images, baseline: 'mean', eos: 'none', documents: 'caption' },
    clip: Infinity,
    beam: 5,
    length: 20,
    origin: {},
  }
  const engine = await createEngine(settings.engine)
  const parts = new Parts()
  const watched = watch(engine, parts)
  const parameters = initialParameters(config, 1)
  const optimizer = createOptimizer(watched, { config, parameters, losses: lossesOf(run), ranks })
  const steps = createSteps(run, watched, {
    ...optimizer,
    step: (update) => parts.time('step', () => optimizer.step(update)),
  })
  const [batch] = epochBatches(
    examples.map(({ captions }) => captions.length),
    batchingOf(run, objective),
    1,
    { epoch: 1 },
  )
  const sharding = shardingOf(run, objective, batch!.images.length)
  let update = 0
  async function step(): Promise<Parts> {
    parts.clear()
    await parts.time('all', async () => {
      const shard = await readShard(batch!, sharding, run)
      update++
      await steps.take(objective, { batch: batch!, shard, learningRate: 1e-6, update, seed: update })
    })
    return shown(parts)
  }
  // Samples make trees of several sizes, each compiled when one comes up: here, and not in what is measured.
  if (objective === 'scst') for (let i = 0; i < 8; i++) await step()
  return {
    name,
    shapes: {
      images,
      captions: images * perImage,
      words: objective === 'xe' ? words + 1 : run.length,
      ...(ranks.size > 1 && { ranks: ranks.size }),
    },
    unit: objective === 'xe' ? 'captions' : 'images',
    count: objective === 'xe' ? images * perImage : images,
    run: step,
    dispose() {
      void steps.dispose()
      void reader.close()
      optimizer.dispose()
      engine.dispose()
    },
  }
}

/** Times what the engine computes for sampling, and what for gradients. */
function watch(engine: Engine, parts: Parts): Engine {
  return {
    ...engine,
    async compile(name, ...rest) {
      const compiled = await engine.compile(name, ...rest)
      const what = /^(encode|decode-step)$/.test(name) ? 'sample' : 'gradient'
      return { ...compiled, run: (...inputs) => parts.time(what, () => compiled.run(...inputs)) }
    },
  }
}

/** The parts that are reported: sampling, gradients, the update; the rest is features, search and rewards. */
function shown(parts: Parts): Parts {
  const of = (what: string) => parts.get(what) ?? 0
  return new Parts([
    ...(parts.has('sample') ? [['sample', of('sample')] as const] : []),
    ['gradient', of('gradient')],
    ['update', of('step') - of('gradient')],
    ['rest', of('all') - of('step') - of('sample')],
  ])
}

/** Images whose captions are of `words` words, which makes sixteen with `<eos>`. */
async function writeExamples(file: string, images: number): Promise<Example[]> {
  const { regions, featureWidth } = config
  const features = sampleFeatures(config, images).data as Float32Array // as samples makes them
  const ids = sampleWords(config, images, perImage, words).data as Int32Array // as samples makes them
  const writer = await createFeatureFile(file)
  const size = regions * featureWidth
  for (let i = 0; i < images; i++)
    await writer.add(`${i}_features`, features.subarray(i * size, (i + 1) * size), [regions, featureWidth])
  await writer.close()
  return Array.from({ length: images }, (_, id) => {
    const captions = Array.from({ length: perImage }, (_, j) => {
      const start = (id * perImage + j) * words
      return ids.slice(start, start + words)
    })
    return {
      id,
      features: { file, dataset: `${id}_features`, shape: [regions, featureWidth] },
      captions,
      texts: captions.map((caption) => Array.from(caption, wordOf).join(' ')),
    }
  })
}

const wordOf = (id: number) => `w${id}`

function numbered(): Vocabulary {
  const special = ['<unk>', '<pad>', '<bos>', '<eos>']
  const words = Array.from({ length: config.vocabularySize }, (_, id) => special[id] ?? wordOf(id))
  return new Vocabulary({ words, counts: words.map(() => 1) })
}
