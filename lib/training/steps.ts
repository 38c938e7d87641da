import type { Engine } from '../engine/engine.js'
import { Lexicon } from '../metrics/captions.js'
import { createCiderReward } from '../metrics/reward.js'
import { special } from '../model/config.js'
import { hash } from '../model/noise.js'
import { ptbTokenize } from '../text/ptb.js'
import { bucketOf, type Batch } from './batches.js'
import type { Objective } from './course.js'
import { crossEntropyParts, type Share } from './feeder.js'
import { lossInputs } from './minibatch.js'
import { createRollouts, type RolloutImage } from './rollout.js'
import type { Run } from './run.js'
import { sharingOf, type Sharing } from './sharing.js'
import type { Part, StepResult, Trainer } from './trainer.js'

/** What one step of either objective reports: of the whole batch, on whichever rank. */
export interface Report extends StepResult {
  readonly captions: number
  readonly words: number
  /** Means over the samples. */
  readonly reward?: number
  readonly baseline?: number
}

/** A step on a batch whose features were read. `update` counts the updates of the optimizer, this one included. */
type TakeStep = (
  batch: Batch,
  shares: readonly Share[],
  rate: number,
  update: number,
  seed: number,
) => Promise<Report>

/** Steps of every objective; what one needs is made when it comes to it. */
export function createSteps(run: Run, engine: Engine, trainer: Trainer) {
  const xe = crossEntropySteps(run, trainer, sharingOf(run, 'xe'))
  let scst: ReturnType<typeof selfCriticalSteps> | undefined
  return {
    async take(objective: Objective, ...step: Parameters<TakeStep>): Promise<Report> {
      if (objective === 'xe') return await xe(...step)
      scst ??= selfCriticalSteps(run, engine, trainer, sharingOf(run, 'scst'))
      return await scst.take(...step)
    },
    dispose: async () => scst?.dispose(),
  }
}

/** Steps of cross-entropy. */
function crossEntropySteps(run: Run, trainer: Trainer, sharing: Sharing): TakeStep {
  return async (batch, shares, rate, update, seed) => {
    const { parts, words, captions } = crossEntropyParts(
      shares,
      batch,
      sharing,
      run.examples,
      run.config,
      seed,
    )
    return { ...(await trainer.step('xe', parts, words, rate, update)), captions, words }
  }
}

/** Steps of self-critical training: sample, reward, learn. */
function selfCriticalSteps(
  run: Run,
  engine: Engine,
  trainer: Trainer,
  sharing: Sharing,
): { take: TakeStep; dispose(): Promise<void> } {
  const { config, beam, length, scst } = run
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
  const size = config.regions * config.featureWidth

  const take: TakeStep = async (batch, shares, rate, update, seed) => {
    const parts: Part[] = []
    let [rewards, baseline, words, captions] = [0, 0, 0, 0]
    for (const { index, batch: part, features } of shares) {
      const own = part.images.map((example, i): RolloutImage => ({
        place: index * images + i,
        example,
        features: features.subarray(i * size, (i + 1) * size),
      }))
      const sampled = await rollouts.sample(own, seed)
      const targets = sampled.map(({ samples }) => samples)
      const longest = Math.max(...targets.flat().map(({ ids }) => ids.length))
      const sizes = { images, captions: beam, length: bucketOf(longest, length) }
      const inputs = lossInputs(config, sizes, features, targets, {
        first: index * images,
        seed,
        shown: false,
      })
      const weights = { rewards: new Float32Array(images * beam), baseline: new Float32Array(images) }
      sampled.forEach((one, i) => {
        weights.rewards.set(
          one.rewards.map((value) => value * one.scale),
          i * beam,
        )
        weights.baseline[i] = one.baseline * one.scale
        rewards += one.rewards.reduce((sum, value) => sum + value, 0)
        baseline += one.baseline
      })
      captions += targets.flat().length
      words += targets.flat().reduce((sum, { ids }) => sum + ids.length, 0)
      parts.push({
        sizes,
        inputs: {
          ...inputs,
          rewards: { shape: [images, beam], dtype: 'float32', data: weights.rewards },
          baseline: { shape: [images, 1], dtype: 'float32', data: weights.baseline },
        },
      })
    }
    const count = batch.images.length * beam * length
    const result = await trainer.step('scst', parts, count, rate, update)
    const sums = Float32Array.of(rewards, baseline * beam, captions, words)
    await run.ranks.sum(sums)
    ;[rewards, baseline, captions, words] = [...sums] as [number, number, number, number]
    return { ...result, captions, words, reward: rewards / captions, baseline: baseline / captions }
  }
  return { take, dispose: () => rollouts.dispose() }
}

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

/** The seed of a step's dropout. */
export const seedOf = (run: Run, step: number): number => hash(hash(run.seed, 0x6d32), step)
