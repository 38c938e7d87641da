import type { Engine } from '../../engine/engine.js'
import { Lexicon } from '../../metrics/captions.js'
import { createCiderReward } from '../../metrics/reward.js'
import { special } from '../../model/config.js'
import { ptbTokenize } from '../../text/ptb/ptb.js'
import { treeBucketOf } from '../batches.js'
import type { Share } from '../feeder.js'
import { selfCriticalInputs } from './inputs.js'
import { prefixTree } from './prefix-tree.js'
import { createRollouts, type Rollout, type RolloutImage } from './rollout.js'
import type { Run } from '../run.js'
import type { Sharing } from '../shares.js'
import type { TakeStep } from './index.js'
import type { Part, Trainer } from '../optimizer/optimizer.js'

/** Steps of self-critical training: sample, reward, learn. */
export function selfCriticalSteps(
  run: Run,
  engine: Engine,
  trainer: Trainer,
  sharing: Sharing,
): { take: TakeStep; dispose(): Promise<void> } {
  const { config, beam, length, scst, ranks } = run
  const images = Math.ceil(sharing.images / sharing.parts)
  const rollouts = createRollouts(engine, {
    config,
    state: trainer.state,
    beam,
    length,
    images,
    baseline: scst.baseline,
    reward: createCiderReward({
      references: references(run),
      documentFrequency: scst.documents,
      eos: { id: special.eos, mode: scst.eos },
    }),
  })

  /** The images of a share, with features and places of their own. */
  function imagesOf({ index, batch, features }: Share): RolloutImage[] {
    const size = config.regions * config.featureWidth
    return batch.images.map((example, i) => ({
      place: index * images + i,
      example,
      features: features.subarray(i * size, (i + 1) * size),
    }))
  }

  /** What samples teach, as a part of a step. */
  function lessonOf({ index, features }: Share, sampled: readonly Rollout[], seed: number): Part {
    const trees = sampled.map(({ samples, rewards, baseline, scale }) =>
      prefixTree(
        samples,
        rewards.map((reward) => (reward - baseline) * scale),
      ),
    )
    const largest = Math.max(...trees.map(({ length }) => length))
    const sizes = { images, captions: 1, length: treeBucketOf(largest, beam * length) }
    const inputs = selfCriticalInputs(config, sizes, features, trees, { first: index * images, seed })
    return { sizes, inputs }
  }

  const take: TakeStep = async (batch, shares, rate, update, seed) => {
    const parts: Part[] = []
    const sums = Float32Array.of(0, 0, 0, 0)
    for (const share of shares) {
      const sampled = await rollouts.sample(imagesOf(share), seed)
      parts.push(lessonOf(share, sampled, seed))
      sampled.map(figuresOf).forEach((figures) => figures.forEach((figure, i) => (sums[i]! += figure)))
    }
    const count = batch.images.length * beam * length
    const result = await trainer.step('scst', parts, count, rate, update)
    await ranks.sum(sums)
    const [rewards, baselines, captions, words] = [...sums] as [number, number, number, number] // as many as were put in
    return { ...result, captions, words, reward: rewards / captions, baseline: baselines / captions }
  }
  return { take, dispose: () => rollouts.dispose() }
}

/** An image's rewards and baselines, each summed over its samples; its samples; their words. */
const figuresOf = ({ samples, rewards, baseline }: Rollout): number[] => [
  rewards.reduce((sum, reward) => sum + reward, 0),
  baseline * samples.length,
  samples.length,
  samples.reduce((sum, { ids }) => sum + ids.length, 0),
]

/**
 * References of rewards: captions as PTB tokens, which the reference rewards as well, in the vocabulary's ids; a word
 * outside it has an id of its own, which no sample can have.
 */
function references({ examples, vocabulary }: Run): number[][][] {
  const lexicon = new Lexicon(vocabulary.words)
  const tokens = ptbTokenize(examples.flatMap(({ texts }) => texts)).values()
  return examples.map(({ texts }) =>
    texts.map(() => tokens.next().value!.map((word) => lexicon.number(word))),
  )
}
