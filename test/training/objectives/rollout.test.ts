/** Samples: their rewards and baselines, and that they are scored under the dropout they were sampled with. */
import t from 'tap'
import { createEngine } from '../../../lib/engine/create.js'
import * as tf from '../../../lib/engine/tfjs.js'
import { createCiderReward } from '../../../lib/metrics/reward.js'
import { hash } from '../../../lib/random.js'
import { initialParameters } from '../../../lib/model/parameters.js'
import { captionLogProbs } from '../../../lib/model/transformer.js'
import { pathTo, prefixTree } from '../../../lib/training/objectives/prefix-tree.js'
import type { Baseline } from '../../../lib/training/early-stopping.js'
import { createRollouts } from '../../../lib/training/objectives/rollout.js'
import { selfCriticalInputs } from '../../../lib/training/objectives/self-critical.js'
import { toyConfig } from '../../decoding/toy-model.js'
import { tensorsOf } from '../../model/golden.js'
import { near } from '../../near.js'

t.before(() => tf.setBackend('cpu'))
const engine = await createEngine({ threads: 1 })
t.teardown(() => engine.dispose())

const config = { ...toyConfig, dropout: 0.3 }
const parameters = initialParameters(config, 3)
const length = 6
const batch = Array.from({ length: 3 }, (_, place) => ({
  place,
  example: place,
  features: Float32Array.from(
    { length: config.regions * config.featureWidth },
    (_, i) => hash(place, i) / 2 ** 30,
  ),
}))
const reward = createCiderReward({
  references: [[[4, 5, 6]], [[7, 8, 9, 10]], [[11, 12]]],
  eos: { id: 3, mode: 'none' },
})

const sample = async (baseline: Baseline, seed: number) => {
  const state = engine.state(parameters)
  const rollouts = createRollouts(engine, { config, state, beam: 4, length, baseline, reward, images: 3 })
  const result = await rollouts.sample(batch, seed)
  await rollouts.dispose()
  return result
}

t.test('the scored pass sees the dropout of the sampled pass', async (t) => {
  const rollouts = await sample('mean', 77)
  const features = Float32Array.from(batch.flatMap((image) => [...image.features]))
  const trees = rollouts.map(({ samples }) => prefixTree(samples, new Float32Array(4)))
  const sizes = { images: 3, captions: 1, length: 4 * length }
  const inputs = tensorsOf(selfCriticalInputs({ config, sizes, features, seed: 77 }, trees))
  const scored = captionLogProbs(
    { config, parameters: tensorsOf(parameters) },
    inputs['features'] as tf.Tensor3D,
    {
      words: inputs['words'] as tf.Tensor3D,
      labels: inputs['labels'] as tf.Tensor3D,
      noise: { regions: inputs['regionNoise'] as tf.Tensor1D, words: inputs['wordNoise'] as tf.Tensor1D },
      tree: { positions: inputs['positions'] as tf.Tensor1D, seen: inputs['seen'] as tf.Tensor4D },
    },
  )
  const rows = scored.reshape([3, 4 * length]).arraySync() as number[][]
  for (const [i, { samples }] of rollouts.entries())
    for (const [j, { ids, wordLogProbs }] of samples.entries()) {
      // The node of a caption's last word is the one whose path spells the caption.
      const nodes = trees[i]!
      const words = (last: number) => [...pathTo(nodes, last)].map((node) => nodes[node]!.word).reverse()
      const last = nodes.findIndex((_, node) => words(node).join() === ids.join())
      const found = [...pathTo(nodes, last)].map((node) => rows[i]![node]!).reverse()
      near(t, found, wordLogProbs, 1e-4, `image ${i}, sample ${j}`)
    }
  const targets = rollouts.map(({ samples }) => samples)
  t.ok(
    trees.every(({ length }, i) => length < targets[i]!.flatMap(({ ids }) => ids).length),
    'samples begin alike',
  )
  t.ok(
    targets.flat().some(({ rows }) => new Set(rows).size > 1),
    'captions change rows, or this shows nothing',
  )
})

t.test('rewards and baselines', async (t) => {
  const [mean] = await sample('mean', 5)
  const [others] = await sample('leave-one-out', 5)
  const [greedy] = await sample('greedy', 5)
  t.same(mean!.rewards, others!.rewards, 'the same seed samples the same captions')
  const total = mean!.rewards.reduce((a, b) => a + b, 0)
  mean!.rewards.forEach((value) => {
    const compared = (value - others!.baseline) * others!.scale
    near(t, compared, value - (total - value) / 3, 1e-5, 'against the other beams')
  })
  t.ok(greedy!.baseline >= 0)
  t.equal(greedy!.scale, 1)
  t.not(JSON.stringify((await sample('mean', 6))[0]!.samples), JSON.stringify(mean!.samples))
})
