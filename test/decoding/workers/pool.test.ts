import t from 'tap'
import {
  createCaptioner,
  type CaptionerImage,
  type CaptionerOptions,
} from '../../../lib/decoding/captioner.js'
import { openWorkers } from '../../../lib/decoding/workers/pool.js'
import { createRunner, type RunnerOptions } from '../../../lib/decoding/batching/runner.js'
import { decode } from '../../../lib/decoding/batching/scheduler.js'
import { createEngine } from '../../../lib/engine/create.js'
import type { EngineOptions } from '../../../lib/engine/engine.js'
import { hash } from '../../../lib/random.js'
import { toyConfig, toyParameters, toyVocabulary } from '../toy-model.js'

const first = { config: toyConfig, parameters: toyParameters(1) }
const read = (seed: number) => ({ config: toyConfig, parameters: async () => toyParameters(seed) })
interface Image extends CaptionerImage {
  readonly image: number
}
const size = toyConfig.regions * toyConfig.featureWidth

async function* images(count: number, constraints?: (image: number) => number[][]): AsyncGenerator<Image> {
  for (let image = 0; image < count; image++) {
    const features = Float32Array.from({ length: size }, (_, i) => hash(image, i) / 2 ** 30)
    yield {
      features,
      image,
      ...(constraints && { constraints: constraints(image) }),
    }
  }
}

const cases: Record<string, Partial<CaptionerOptions & EngineOptions> & { ensemble?: boolean }> = {
  plain: { nBest: 3 },
  greedy: { beam: 1 },
  rules: { beam: 4, lengthPenalty: 0.8, blockTrigrams: true, suppressUnk: true, minLength: 4 },
  diverse: { beam: 6, groups: 3, nBest: 6 },
  sample: { nBest: 2, sample: { temperature: 1.3, topK: 0, topP: 0.9, seed: 5 } },
  constrained: { beam: 2 },
  ensemble: { ensemble: true },
  int8: { precision: 'int8' },
}

t.test('runners side by side give what one gives, in every option', async (t) => {
  for (const [name, { ensemble, precision, ...options }] of Object.entries(cases)) {
    const captions = async (workers: number) => {
      const engine = await createEngine({ threads: 1, ...(precision && { precision }) })
      const captioner = createCaptioner(engine, ensemble ? [read(1), read(2)] : [read(1)], toyVocabulary(), {
        beam: 3,
        nBest: 1,
        maxLength: 10,
        slots: 3,
        workers: { count: workers, threads: 1 },
        ...options,
      })
      const constraints = (image: number) => [[], [[5, 6]], [[7], [8], [9]]][Math.floor(image / 9) % 3]!
      const found = []
      const given = images(31, name === 'constrained' ? constraints : undefined)
      for await (const { image, hypotheses } of captioner.caption(given))
        found.push([image.image, hypotheses.map(({ ids, logProb }) => [ids, logProb.toFixed(4)])])
      await captioner.dispose()
      engine.dispose()
      return found
    }
    t.same(await captions(4), await captions(1), name)
  }
})

t.test('a reader that fails, and one who has had enough, end all runners', async (t) => {
  const engine = await createEngine({ threads: 1 })
  let failing = false
  const options: RunnerOptions<Image> = {
    models: [first],
    slots: 2,
    rows: 1,
    length: 10,
    choices: 1,
    encodeBatch: 2,
    async readFeatures(batch, out) {
      if (failing) throw new Error('the file is gone')
      batch.forEach(({ features }, i) => out.set(features, i * size))
    },
  }
  const runners = openWorkers(engine, options, { workers: 3, threads: 1 })
  const words = (count: number) => ({
    rows: 1,
    words: Int32Array.of(2),
    parents: Int32Array.of(0),
    advance: () => --count <= 0,
    result: () => [],
  })
  const seen: number[] = []
  for await (const { image } of decode(images(100), runners, (_, index) => words(1 + (index % 5)))) {
    seen.push(image.image)
    if (seen.length === 20) break
  }
  t.same(seen, [...seen.keys()])
  failing = true
  await t.rejects(async () => {
    for await (const _ of decode(images(100), runners, () => words(3)));
  }, /the file is gone/)
  for (const runner of runners) runner.dispose()
  engine.dispose()
})

/** A runner of one slot. */
const single = {
  models: [first],
  slots: 1,
  rows: 1,
  length: 10,
  choices: 1,
  readFeatures: async () => {},
}

t.test('where parameters cannot be packed, it is said', async (t) => {
  const engine = await createEngine({ threads: 1 })
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = '/nowhere'
  t.throws(
    () => openWorkers(engine, single, { workers: 2, threads: 1 }),
    /cannot write \/nowhere.*TMPDIR names another/,
  )
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  engine.dispose()
})

t.test('an engine of one thread says so', async (t) => {
  const engine = await createEngine({ engine: 'cpu' })
  t.throws(
    () => openWorkers(engine, single, { workers: 2, threads: 1 }),
    /the engine cpu cannot decode in several threads/,
  )
  await t.resolves(createRunner(engine, single))
  engine.dispose()
})
