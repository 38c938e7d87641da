import t from 'tap'
import { beamSearch } from '../../lib/decoding/search/beam.js'
import { plainBanks } from '../../lib/decoding/search/banks.js'
import type { Choices, Search } from '../../lib/decoding/search/search.js'
import type { Specs } from '../../lib/tensor.js'
import * as tf from '../../lib/engine/tfjs.js'
import { cacheSpecs, crossSpecs } from '../../lib/model/kv-cache.js'
import { modelConfig, special } from '../../lib/model/config.js'
import { rowNoise } from '../../lib/model/noise.js'
import { hash } from '../../lib/random.js'
import { initialParameters } from '../../lib/model/parameters.js'
import type { Tensors } from '../../lib/engine/engine.js'
import { decodeStep, encodeImages, topWords } from '../../lib/model/decode-step.js'
import { logProbs, type Model } from '../../lib/model/transformer.js'
import { noShared } from '../shared.js'
import { golden, smallSizes, tensorsOf, tiny, tinyConfig } from './golden.js'
import { near } from '../near.js'

t.before(() => tf.setBackend('cpu'))

const config = modelConfig.parse({ ...smallSizes, dropout: 0.3 })
const small: Model = { config, parameters: tensorsOf(initialParameters(config, 1)) }

t.test('a step at a time gives the numbers of the whole caption', async (t) => {
  const [slots, beams, length] = [2, 3, 5]
  const features = tf.randomUniform<tf.Rank.R3>([slots, 4, 6], -1, 1, 'float32', 2)
  const noise = {
    regions: tf.tensor1d(rowNoise(3, slots * 4), 'int32'),
    words: rowNoise(4, slots * beams * length),
  }
  for (const dropped of [false, true]) {
    const cross = encodeImages(small, features, dropped ? noise.regions : undefined)
    let cache = garbage(cacheSpecs(config, { slots, beams, length }))
    // Captions, and the noise of their words, follow the parents as the cache does.
    let captions = rows(slots * beams, () => [special.bos as number])
    let noises = rows(slots * beams, (row) => [noise.words[row]!])
    let parents = rows(slots * beams, (row) => row % beams)
    for (let position = 0; position < length; position++) {
      const stepNoise = noises.map((row) => row[position]!)
      const result = decodeStep(
        small,
        {
          words: tf.tensor2d(
            captions.map((row) => row[position]!),
            [slots, beams],
            'int32',
          ),
          parents: tf.tensor2d(parents, [slots, beams], 'int32'),
          positions: tf.tensor1d(
            rows(slots, () => position),
            'int32',
          ),
        },
        { ...cross, ...cache },
        dropped ? tf.tensor1d(stepNoise, 'int32') : undefined,
      )
      const whole = logProbs(
        small,
        features,
        tf.tensor3d(captions.flat(), [slots, beams, position + 1], 'int32'),
        dropped
          ? { noise: { regions: noise.regions, words: tf.tensor1d(noises.flat(), 'int32') } }
          : undefined,
      )
      const last = tf.slice(
        tf.reshape(whole, [slots * beams, position + 1, 11]),
        [0, position, 0],
        [-1, 1, -1],
      )
      near(t, result.logProbs, last, 1e-5, `position ${position}${dropped ? ' with dropout' : ''}`)
      cache = result.cache
      parents = rows(slots * beams, (row) => Math.abs(hash(position, row)) % beams)
      const origins = parents.map((parent, row) => Math.floor(row / beams) * beams + parent)
      // Any word may follow, padding included.
      captions = origins.map((origin, row) => [...captions[origin]!, Math.abs(hash(row, position + 99)) % 11])
      noises = origins.map((origin, row) => [
        ...noises[origin]!,
        noise.words[(position + 1) * slots * beams + row]!,
      ])
    }
  }
})

t.test('a slot takes another image while the others go on', async (t) => {
  const features = tf.randomUniform<tf.Rank.R3>([3, 4, 6], -1, 1, 'float32', 5)
  const encoded = encodeImages(small, features)
  const sizes = { slots: 2, beams: 1, length: 4 }
  const none = { ...garbage(crossSpecs(config, 2)) }
  const first = (image: number) => tf.slice(features, [image, 0, 0], [1, -1, -1])
  const wholeOf = (image: number, words: number[]) =>
    tf.slice(logProbs(small, first(image), tf.tensor3d(words, [1, 1, words.length], 'int32')), [
      words.length - 1,
      0,
    ])
  const pick = (images: number[]) =>
    Object.fromEntries(
      Object.entries(encoded).map(([name, x]) => [name, tf.gather(x, tf.tensor1d(images, 'int32'))]),
    )

  let cross = load(none, pick([0, 1]), tf.tensor1d([1, 0], 'int32')) // slot 0 has image 1, slot 1 image 0
  let cache = garbage(cacheSpecs(config, sizes))
  const run = (words: number[], positions: number[]) => {
    const result = decodeStep(
      small,
      {
        words: tf.tensor2d(words, [2, 1], 'int32'),
        parents: tf.zeros([2, 1], 'int32'),
        positions: tf.tensor1d(positions, 'int32'),
      },
      { ...cross, ...cache },
    )
    cache = result.cache
    return result.logProbs
  }
  run([2, 2], [0, 0])
  run([5, 6], [1, 1])
  cross = load(cross, pick([2]), tf.tensor1d([0], 'int32')) // slot 0 now has image 2
  const logits = run([2, 7], [0, 2])
  near(t, tf.slice(logits, [0, 0], [1, -1]), wholeOf(2, [2]), 1e-5)
  near(t, tf.slice(logits, [1, 0], [1, -1]), wholeOf(0, [2, 6, 7]), 1e-5)
})

t.test('beam search equals the reference', { skip: tiny ? false : noShared }, async (t) => {
  const config = await tinyConfig()
  const model = { config, parameters: await golden('model') }
  const after = { config, parameters: await golden('model-after-10-steps') }
  const expected = await golden('golden')
  const cases: [string, Model[], number][] = [
    ['beam1', [model], 1],
    ['beam3', [model], 3],
    ['beam5', [model], 5],
    ['ensemble_beam5', [model, after], 5],
  ]
  for (const [name, models, beams] of cases) {
    const searches = search(models, expected['features'] as tf.Tensor3D, beams)
    const words = expected[`${name}_words`]!
    const ids = searches.flatMap((search) => search.result().flatMap(({ ids }) => padded(ids)))
    t.same(ids, Array.from(words.dataSync()), `${name}: words`)
    const scores = expected[`${name}_log_probs`]!
    const found = searches.flatMap((search) =>
      search.result().flatMap(({ wordLogProbs }) => padded(wordLogProbs)),
    )
    near(t, found, scores, 1e-5, `${name}: log-probabilities`)
  }
})

t.test(
  'greedy decoding equals the reference, which goes on after <eos>',
  { skip: tiny ? false : noShared },
  async (t) => {
    const config = await tinyConfig()
    const model = { config, parameters: await golden('model') }
    const { features, greedy_words: words } = await golden('golden')
    const [images] = words!.shape as [number]
    const shown = tf.pad(
      tf.slice(words!, [0, 0], [images, steps - 1]),
      [
        [0, 0],
        [1, 0],
      ],
      special.bos,
    )
    const found = logProbs(model, features as tf.Tensor3D, tf.reshape(shown, [images, 1, steps]))
    t.same(tf.argMax(found, 1).dataSync(), words!.dataSync())
  },
)

const steps = 20
const padded = (values: readonly number[]) => [
  ...values,
  ...Array.from({ length: steps - values.length }, () => 0),
]

/** All images side by side, each in its slot. */
function search(models: Model[], features: tf.Tensor3D, beams: number): Search[] {
  const slots = features.shape[0]
  const options = { vocabularySize: models[0]!.config.vocabularySize, maxLength: steps, nBest: beams }
  const searches = rows(slots, () => beamSearch({ ...options, banks: plainBanks(beams) }))
  const running = new Set(searches)
  const crosses = models.map((model) => encodeImages(model, features))
  let caches = models.map(({ config }) => garbage(cacheSpecs(config, { slots, beams, length: steps })))
  for (let position = 0; running.size > 0; position++) {
    const inputs = {
      words: tf.tensor2d(
        searches.flatMap(({ words }) => [...words]),
        [slots, beams],
        'int32',
      ),
      parents: tf.tensor2d(
        searches.flatMap(({ parents }) => [...parents]),
        [slots, beams],
        'int32',
      ),
      positions: tf.tensor1d(
        rows(slots, () => position),
        'int32',
      ),
    }
    const results = models.map((model, i) => decodeStep(model, inputs, { ...crosses[i], ...caches[i] }))
    caches = results.map(({ cache }) => cache)
    const { ids, logProbs } = topWords(
      results.map(({ logProbs }) => logProbs),
      beams,
    )
    searches.forEach((search, slot) => {
      if (!running.has(search)) return
      const part = (x: tf.Tensor) => tf.slice(x, [slot * beams, 0], [beams, -1]).dataSync()
      const choices = { ids: part(ids), logProbs: part(logProbs), perRow: beams } as Choices // as topWords says
      if (search.advance(choices)) running.delete(search)
    })
  }
  return searches
}

/** Values that no step may use. */
const garbage = (specs: Specs): Tensors =>
  Object.fromEntries(
    Object.entries(specs).map(([name, { shape, dtype }]) => [
      name,
      tf.mul(tf.ones([...shape], dtype), dtype === 'int32' ? 1 : 1e3),
    ]),
  )

const rows = <T>(count: number, of: (row: number) => T): T[] =>
  Array.from({ length: count }, (_, row) => of(row))

/**
 * Gives images to slots.
 *
 * @param cross of all slots
 * @param encoded of some images
 * @param slots (images) int32, the slot of each
 */
function load(cross: Tensors, encoded: Tensors, slots: tf.Tensor1D): Tensors {
  const indices = tf.expandDims(slots, 1) // (images, 1)
  return Object.fromEntries(
    Object.entries(encoded).map(([name, images]) => [
      name,
      tf.tensorScatterUpdate(cross[name]!, indices, images),
    ]),
  )
}
