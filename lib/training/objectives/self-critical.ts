/**
 * The self-critical objective (Cornia et al., CVPR 2020, section 3.3, after Rennie et al., CVPR 2017): captions sampled
 * from the model by beam search, each weighed by how much better than the mean of the beams it is.
 *
 * Shapes: b images, r regions, t nodes of the tree of an image's samples (see prefix-tree.ts).
 */
import type { Engine } from '../../engine/engine.js'
import * as tf from '../../engine/tfjs.js'
import { Lexicon } from '../../metrics/captions.js'
import { createCiderReward } from '../../metrics/reward.js'
import { special, type ModelConfig } from '../../model/config.js'
import { captionLogProbs, type Model, type Noise } from '../../model/transformer.js'
import { float32, int32 } from '../../tensor.js'
import { treeBucketOf } from '../batches.js'
import type { Objective } from '../early-stopping.js'
import type { Loss, LossInputs, Optimizer } from '../optimizer/optimizer.js'
import type { Run } from '../run.js'
import { referencesOf } from '../references.js'
import { shardingOf, type MicroBatch } from '../shards.js'
import { createNoise, featureInput, noiseFrom } from './inputs.js'
import type { InputOptions, NoiseInputs, OnHost } from './inputs.js'
import type { ObjectiveSteps } from './objective.js'
import { pathTo, prefixTree, shownFor, type PrefixNode } from './prefix-tree.js'
import { createRollouts, type Rollout, type RolloutImage } from './rollout.js'

/** Steps of self-critical training: sample, reward, learn. */
export function selfCriticalSteps(run: Run, engine: Engine, optimizer: Optimizer<Objective>): ObjectiveSteps {
  const { config, beam, length, scst, ranks } = run
  const { imagesOfEach: images } = shardingOf(run, 'scst', scst.images)
  const rollouts = createRollouts(engine, {
    config,
    state: optimizer.state,
    beam,
    length,
    images,
    baseline: scst.baseline,
    reward: createCiderReward({
      references: referenceIds(run),
      documentFrequency: scst.documents,
      eos: { id: special.eos, mode: scst.eos },
    }),
  })

  /** The images of a micro-batch, each with its features and its place in the whole batch. */
  function imagesOf({ first, images, features }: MicroBatch): RolloutImage[] {
    const size = config.regions * config.featureWidth
    return images.map((example, i) => ({
      place: first + i,
      example,
      features: features.subarray(i * size, (i + 1) * size),
    }))
  }

  /** The inputs of the loss for one micro-batch and its samples. */
  function lossInputsOf(
    { first, features }: MicroBatch,
    sampled: readonly Rollout[],
    seed: number,
  ): LossInputs {
    const trees = sampled.map(({ samples, rewards, baseline, scale }) =>
      prefixTree(
        samples,
        rewards.map((reward) => (reward - baseline) * scale),
      ),
    )
    const largest = Math.max(...trees.map(({ length }) => length))
    const sizes = { images, captions: 1, length: treeBucketOf(largest, beam * length) }
    return { sizes, inputs: selfCriticalInputs({ config, sizes, features, first, seed }, trees) }
  }

  return {
    async take({ batch, shard, learningRate, update, seed }) {
      const microBatches: LossInputs[] = []
      const sums = Float32Array.of(0, 0, 0, 0)
      for (const microBatch of shard) {
        const sampled = await rollouts.sample(imagesOf(microBatch), seed)
        microBatches.push(lossInputsOf(microBatch, sampled, seed))
        sampled.map(figuresOf).forEach((figures) => figures.forEach((figure, i) => (sums[i]! += figure)))
      }
      const count = batch.images.length * beam * length
      const result = await optimizer.step({ objective: 'scst', microBatches, count, learningRate, update })
      await ranks.sum(sums)
      const [rewards, baselines, captions, words] = [...sums] as [number, number, number, number] // as many as were put in
      return { ...result, captions, words, reward: rewards / captions, baseline: baselines / captions }
    },
    dispose: () => rollouts.dispose(),
  }
}

/** An image's rewards and baselines, each summed over its samples; its samples; their words. */
const figuresOf = ({ samples, rewards, baseline }: Rollout): number[] => [
  rewards.reduce((sum, reward) => sum + reward, 0),
  baseline * samples.length,
  samples.length,
  samples.reduce((sum, { ids }) => sum + ids.length, 0),
]

/**
 * References in the vocabulary's ids; a word outside it gets an id of its own, which no sample can have. Rewards of ids are
 * then those of the strings.
 */
function referenceIds({ examples, vocabulary }: Run): number[][][] {
  const lexicon = new Lexicon(vocabulary.words)
  return referencesOf(examples, vocabulary).map((captions) =>
    captions.map((words) => words.map((word) => lexicon.number(word))),
  )
}

/** What the loss is given: features (b, r, featureWidth), the trees of samples, dropout's noise. */
export type SelfCriticalInputs = {
  readonly features: tf.Tensor3D
  /** (b, 1, t) int32: the word before each node's, `<bos>` before the first */
  readonly words: tf.Tensor3D
  /** (b, 1, t) int32: each node's word */
  readonly labels: tf.Tensor3D
  /** (b, 1, t): r(w) - b, summed over the samples w that the node is a word of; 0 for padding */
  readonly weights: tf.Tensor3D
  /** (b * t) int32: how many words come before each node's */
  readonly positions: tf.Tensor1D
  /** (b, 1, t, t): 1 where a node sees another, which is on its path */
  readonly seen: tf.Tensor4D
} & NoiseInputs

/**
 * The loss, whose gradient is -1/k sum over beams w of (r(w) - b) grad log p(w), mean over images. As in the reference,
 * log p(w) is the mean over all positions that the search had, where those after `<eos>` count as zeros.
 *
 * @param count to divide by: images * beams * positions, of the whole batch; a scalar
 * @returns a scalar
 */
export function selfCritical(
  model: Model,
  { features, words, labels, weights, ...tree }: Omit<SelfCriticalInputs, keyof NoiseInputs>,
  count: tf.Scalar,
  noise?: Noise,
): tf.Scalar {
  const logProbs = captionLogProbs(model, features, { words, labels, noise, tree }) // (b, 1, t)
  return tf.neg(tf.div(tf.sum(tf.mul(logProbs, weights)), count))
}

/** The loss of named inputs, `count` among them. */
export function selfCriticalLoss(config: ModelConfig): Loss {
  return (inputs, parameters) => {
    const { count, regionNoise, wordNoise, ...samples } = inputs as SelfCriticalInputs & { count: tf.Scalar } // as compiled for
    return selfCritical({ config, parameters }, samples, count, noiseFrom({ regionNoise, wordNoise }))
  }
}

/** The inputs for some images of a batch: the tree of each image's samples, padded to `sizes.length` nodes. */
export function selfCriticalInputs(
  options: InputOptions,
  trees: readonly (readonly PrefixNode[])[],
): OnHost<SelfCriticalInputs> {
  const { images, length } = options.sizes
  const words = new Int32Array(images * length).fill(special.pad)
  const labels = new Int32Array(images * length).fill(special.pad)
  const positions = new Int32Array(images * length)
  const weights = new Float32Array(images * length)
  const seen = new Float32Array(images * length * length)
  const noise = createNoise(options, trees.length)
  trees.forEach((nodes, i) => {
    const shown = nodes.map((node) => shownFor(nodes, node))
    nodes.forEach(({ word, row, position, weight }, j) => {
      const at = i * length + j
      words[at] = shown[j]!
      labels[at] = word
      positions[at] = position
      weights[at] = weight
      for (const other of pathTo(nodes, j)) if (shown[other] !== special.pad) seen[at * length + other] = 1
      noise.ofWord(i, at, row, position)
    })
  })
  return {
    features: featureInput(options),
    words: int32(words, images, 1, length),
    labels: int32(labels, images, 1, length),
    positions: int32(positions, images * length),
    seen: float32(seen, images, 1, length, length),
    weights: float32(weights, images, 1, length),
    ...noise.inputs,
  }
}
