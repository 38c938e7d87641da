/** Trees of captions: what captions share, and that it changes neither loss nor gradients. */
import t from 'tap'
import * as tf from '../../../lib/engine/tfjs.js'
import { initialParameters } from '../../../lib/model/parameters.js'
import { rowNoise } from '../../../lib/model/noise.js'
import { scalar, type HostTensors } from '../../../lib/tensor.js'
import { pathTo, prefixTree, shownFor } from '../../../lib/training/objectives/prefix-tree.js'
import { selfCriticalInputs, selfCriticalLoss } from '../../../lib/training/objectives/self-critical.js'
import { lossAndGradients } from '../../../lib/training/optimizer/step.js'
import { toyConfig } from '../../decoding/toy-model.js'
import { tensorsOf } from '../../model/golden.js'
import { near } from '../../near.js'

t.before(() => tf.setBackend('cpu'))

const target = (ids: number[], rows: number[]) => ({ ids, rows })

t.test('captions that begin alike share their beginning', async (t) => {
  const nodes = prefixTree(
    [target([4, 5, 3], [0, 0, 0]), target([4, 5, 6], [0, 0, 0]), target([4, 5, 3], [0, 1, 0])],
    [1, 10, 100],
  )
  t.same(nodes, [
    { word: 4, row: 0, position: 0, parent: -1, weight: 111 },
    { word: 5, row: 0, position: 1, parent: 0, weight: 11 },
    { word: 3, row: 0, position: 2, parent: 1, weight: 1 },
    { word: 6, row: 0, position: 2, parent: 1, weight: 10 },
    { word: 5, row: 1, position: 1, parent: 0, weight: 100 },
    { word: 3, row: 0, position: 2, parent: 4, weight: 100 },
  ])
  t.same(
    nodes.map((node) => shownFor(nodes, node)),
    [2, 4, 5, 5, 4, 5],
  )
  t.same([...pathTo(nodes, 5)], [5, 4, 0])
})

t.test('a caption that two beams ended in counts twice', async (t) => {
  const nodes = prefixTree([target([4, 3], [0, 0]), target([4, 3], [0, 0])], [1, 1])
  t.same(
    nodes.map(({ weight }) => weight),
    [2, 2],
  )
})

t.test('a tree has the loss and the gradients of its captions one by one, dropout included', async (t) => {
  const config = { ...toyConfig, dropout: 0.2 }
  const parameters = tensorsOf(initialParameters(config, 3))
  const size = config.regions * config.featureWidth
  const features = Float32Array.from(rowNoise(5, 2 * size), (bits) => bits / 2 ** 31)
  // Two images; padding as a word (1) is not to be seen by the words after it.
  const samples = [
    [
      target([4, 5, 6, 3], [0, 0, 1, 0]),
      target([4, 5, 7, 3], [0, 0, 1, 1]),
      target([4, 5, 6, 8], [0, 0, 1, 0]),
      target([4, 1, 9], [0, 2, 2]),
    ],
    [target([9, 3], [0, 1]), target([9, 8, 3], [0, 1, 1]), target([9, 8, 3], [0, 1, 1])],
  ]
  const weights = [
    [0.5, -1, 2, 0.25],
    [1, -0.5, 0.75],
  ]
  const whole = differentiate(
    samples.map((captions, i) => prefixTree(captions, weights[i]!)),
    features,
    0,
  )
  t.equal(whole.nodes, 13, 'of 23 words')

  const alone = samples.flatMap((captions, i) =>
    captions.map((caption, j) =>
      differentiate(
        [prefixTree([caption], [weights[i]![j]!])],
        features.subarray(i * size, (i + 1) * size),
        i,
      ),
    ),
  )
  const sum = (of: (one: (typeof alone)[number]) => tf.Tensor) =>
    alone.map(of).reduce((total, part) => tf.add(total, part))
  const expected = sum(({ value }) => value)
  near(t, whole.value, expected, 1e-5, 'the loss', { relative: true })
  for (const [name, gradient] of Object.entries(whole.gradients))
    if (!/^decoder.*fc_k\.bias$/.test(name))
      near(
        t,
        gradient,
        sum(({ gradients }) => gradients[name]!),
        1e-4,
        name,
        { relative: true },
      )

  function differentiate(trees: ReturnType<typeof prefixTree>[], regions: Float32Array, first: number) {
    const length = Math.max(...trees.map((nodes) => nodes.length)) + 1 // some padding
    const sizes = { images: trees.length, captions: 1, length }
    const inputs: HostTensors = selfCriticalInputs(
      { config, sizes, features: regions, first, seed: 7 },
      trees,
    )
    const loss = selfCriticalLoss(config)
    const found = lossAndGradients(config, loss, tensorsOf({ ...inputs, count: scalar(1) }), parameters)
    return { ...found, nodes: trees.reduce((count, nodes) => count + nodes.length, 0) }
  }
})
