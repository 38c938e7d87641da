import t from 'tap'
import { createEngine } from '../../lib/engine/create.js'
import type { EngineName } from '../../lib/engine/engine.js'
import { createExplainer, type ExplainerOptions } from '../../lib/explain/explainer.js'
import { pathPoints } from '../../lib/explain/gradients.js'
import { modelConfig, type ModelConfig } from '../../lib/model/config.js'
import { hash } from '../../lib/random.js'
import { initialParameters } from '../../lib/model/parameters.js'
import type { HostTensor, HostTensors } from '../../lib/tensor.js'
import { near } from '../near.js'

const config = modelConfig.parse({
  vocabularySize: 11,
  maxLength: 9,
  encoderLayers: 2,
  decoderLayers: 2,
  width: 12,
  heads: 3,
  keyWidth: 4,
  valueWidth: 4,
  hiddenWidth: 16,
  memorySlots: 2,
  featureWidth: 6,
  regions: 5,
})
const caption = [4, 9, 5, 10, 6]
const [found, total] = [3, caption.length]

const uniform = (seed: number, i: number) => hash(seed, i) / 2 ** 31

/** A model whose biases are not zero either, as no trained model's are. */
function parametersOf(config: ModelConfig): HostTensors {
  return Object.fromEntries(
    Object.entries(initialParameters(config, 3)).map(([name, tensor], index): [string, HostTensor] => {
      const data = Float32Array.from(tensor.data, Number)
      if (name.endsWith('.bias')) for (let i = 0; i < data.length; i++) data[i] = uniform(index, i) / 2
      return [name, { shape: tensor.shape, dtype: 'float32', data }]
    }),
  )
}

/** Regions, padded with zeros. */
const features = Float32Array.from({ length: config.regions * config.featureWidth }, (_, i) =>
  i < found * config.featureWidth ? 2 * uniform(5, i) : 0,
)

async function explain(
  options: ExplainerOptions,
  {
    of = features,
    model = config,
    parameters = parametersOf(model),
    ids = caption,
    name = 'cpu' as EngineName,
  } = {},
) {
  const engine = await createEngine({ engine: name, ...(name === 'onnxruntime' && { threads: 1 }) })
  const explained = await createExplainer(engine, model, parameters, options).explain(of, ids)
  engine.dispose()
  return explained
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
const furthest = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))

t.test('attention', async (t) => {
  const words = await explain({ method: 'attention' })
  t.equal(words.length, total)
  for (const { regions } of words) {
    t.equal(regions.length, config.regions)
    near(t, sumOf(regions), 1, 1e-5, 'the sum of shares')
    t.same(regions.slice(found), [0, 0], 'padding has none')
    t.ok(Math.min(...regions.slice(0, found)) > 0)
  }
  t.ok(furthest(words[1]!.regions, words[3]!.regions) > 1e-4, 'words look at different regions')

  t.test('follows regions that change places', async (t) => {
    const width = config.featureWidth
    const turned = features.slice()
    turned.set(features.subarray(0, width), width)
    turned.set(features.subarray(width, 2 * width), 0)
    const after = await explain({ method: 'attention' }, { of: turned })
    words.forEach(({ regions: [a, b, c] }, i) =>
      near(t, after[i]!.regions.slice(0, found), [b!, a!, c!], 1e-5),
    )
  })

  t.test('is that of the encoder layer whose gate is open', async (t) => {
    // One decoder layer with the gate of its first encoder layer open is one that sees no other.
    const model = { ...config, decoderLayers: 1 }
    const withGates = (open: number) =>
      Object.fromEntries(
        Object.entries(parametersOf(model)).map(([name, tensor]): [string, HostTensor] => {
          const [, gate, kind] = /fc_alpha(\d)\.(\w+)$/.exec(name) ?? []
          if (gate === undefined) return [name, tensor]
          const value = kind === 'weight' ? 0 : Number(gate) === open ? 30 : -30
          const { shape, data } = tensor
          return [name, { shape, dtype: 'float32', data: new Float32Array(data.length).fill(value) }]
        }),
      )
    const oneToOne = { ...model, connections: 'one-to-one' as const }
    const alone = await explain({ method: 'attention' }, { model: oneToOne })
    const first = await explain({ method: 'attention' }, { model, parameters: withGates(1) })
    const second = await explain({ method: 'attention' }, { model, parameters: withGates(2) })
    near(t, first[2]!.regions, alone[2]!.regions, 1e-6)
    t.ok(furthest(second[2]!.regions, alone[2]!.regions) > 1e-4)
  })
})

t.test('gradients', async (t) => {
  t.test('complete: regions add up to the difference of log-probabilities', async (t) => {
    for (const [steps, tolerance] of [
      [50, 0.2],
      [2000, 0.005],
    ] as const)
      for (const { regions, logProb, baselineLogProb } of await explain(
        { method: 'gradients', steps, batch: 100 },
        { name: 'onnxruntime' },
      )) {
        const difference = logProb! - baselineLogProb!
        t.ok(Math.abs(difference) > 1e-3, 'there is something to explain')
        near(t, sumOf(regions), difference, tolerance, `${steps} steps`)
        t.same(regions.slice(found), [0, 0], 'padding adds nothing')
      }
  })

  t.test('are the gradient: a region made a little larger', async (t) => {
    // One point at the image itself, whose weight is undone.
    const { scale, weight } = pathPoints(0, 1)[0]!
    const image = features.map((value) => value / scale)
    const at = await explain({ method: 'gradients', steps: 1 }, { of: image })
    const step = 2e-3
    for (let region = 0; region < found; region++) {
      const logProbs = async (factor: number) => {
        const width = config.featureWidth
        const changed = features.map((value, i) =>
          Math.floor(i / width) === region ? value * factor : value,
        )
        return (await explain({ method: 'gradients', steps: 1 }, { of: changed })).map(
          (word) => word.logProb!,
        )
      }
      const [above, below] = [await logProbs(1 + step), await logProbs(1 - step)]
      at.forEach((word, i) => {
        const slope = (above[i]! - below[i]!) / (2 * step)
        const found = (word.regions[region]! / weight) * scale // of features, not of the image
        near(t, found, slope, 2e-3, `the slope of region ${region}`)
      })
    }
  })

  t.test('log-probabilities do not depend on the words that follow', async (t) => {
    const all = await explain({ method: 'gradients', steps: 1 })
    const start = await explain({ method: 'gradients', steps: 1 }, { ids: caption.slice(0, 2) })
    start.forEach(({ logProb }, i) => near(t, logProb!, all[i]!.logProb!, 1e-5))
  })
})

t.test('numbers that overflow are an error, not an explanation', async (t) => {
  const large = features.map((value) => (value === 0 ? 0 : 3e38))
  for (const method of ['attention', 'gradients'] as const)
    await t.rejects(explain({ method, steps: 2 }, { of: large, name: 'onnxruntime' }), {
      name: 'DataError',
      message: /the explanation holds NaN, which is not finite/,
    })
})

t.test('engines agree', async (t) => {
  for (const method of ['attention', 'gradients'] as const) {
    const expected = await explain({ method, steps: 7, batch: 4 })
    const words = await explain({ method, steps: 7, batch: 9 }, { name: 'onnxruntime' })
    words.forEach(({ regions }, i) => near(t, regions, expected[i]!.regions, 1e-4, method))
  }
})

t.test("a path's parts add up to the whole of it", async (t) => {
  const points = pathPoints(2, 1000)
  near(t, sumOf(points.map(({ weight }) => weight)), 1, 1e-4)
  t.ok(points.every(({ scale }, i) => scale > (points[i - 1]?.scale ?? 0) && scale < 1))
})
