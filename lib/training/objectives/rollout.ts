/** Captions sampled from the model and rewarded: what self-critical training learns from. */
import { beamSearch } from '../../decoding/search/beam.js'
import { plainBanks } from '../../decoding/search/banks.js'
import { createRunner } from '../../decoding/batching/runner.js'
import { decode } from '../../decoding/batching/scheduler.js'
import type { SlotRunner } from '../../decoding/batching/slots.js'
import type { Hypothesis } from '../../decoding/search/search.js'
import type { Engine, State } from '../../engine/engine.js'
import type { CiderReward } from '../../metrics/reward.js'
import type { ModelConfig } from '../../model/config.js'
import type { Baseline } from '../early-stopping.js'
import { streamOf } from '../stream.js'

export interface RolloutOptions {
  readonly config: ModelConfig
  readonly state: State
  readonly beam: number
  /** Most words of a sampled caption. */
  readonly length: number
  readonly baseline: Baseline
  readonly reward: CiderReward
  /** Images sampled at once. */
  readonly images: number
}

/** An image of a batch: its place there, which its dropout depends on, and its index among the references. */
export interface RolloutImage {
  readonly place: number
  readonly example: number
  readonly features: Float32Array
}

/** The samples of one image and their rewards. */
export interface Rollout {
  readonly samples: readonly Hypothesis[]
  /** CIDEr-D of each sample. */
  readonly rewards: Float32Array
  /** What each sample's reward is compared with, and the factor of the difference. */
  readonly baseline: number
  readonly scale: number
}

/**
 * Samples captions of images by beam search with dropout, all beams being samples, and rewards them (Cornia et al.,
 * CVPR 2020, section 3.3). The baseline is the mean reward of the beams, as in the paper; or that of greedy decoding
 * (Rennie et al., 2017); or of the other beams (leave-one-out), which is the mean with a factor k / (k - 1).
 */
export function createRollouts(engine: Engine, options: RolloutOptions) {
  const { config, state, beam, length, reward, images, baseline } = options
  let seed = 0
  const machineOf = (rows: number, dropout: boolean) =>
    createRunner<RolloutImage>(engine, {
      models: { config, state },
      slots: images,
      rows,
      length,
      choices: rows,
      encodeBatch: images,
      async readFeatures(batch, out) {
        batch.forEach(({ features }, i) => out.set(features, i * features.length))
      },
      ...(dropout &&
        config.dropout > 0 && { noise: { seed: () => seed, keyOf: ({ place }: RolloutImage) => place } }),
    })
  let sampler: Promise<SlotRunner<RolloutImage>> | undefined
  let greedy: Promise<SlotRunner<RolloutImage>> | undefined

  async function search(
    machine: SlotRunner<RolloutImage>,
    batch: readonly RolloutImage[],
  ): Promise<Hypothesis[][]> {
    const { rows } = machine
    const newSearch = () =>
      beamSearch({
        banks: plainBanks(rows),
        vocabularySize: config.vocabularySize,
        maxLength: length,
        nBest: rows,
      })
    const results: Hypothesis[][] = []
    for await (const { hypotheses } of decode(streamOf(batch), [machine], newSearch)) results.push(hypotheses)
    return results
  }

  const rewardOf = ({ example }: RolloutImage, { ids }: Hypothesis) =>
    reward.score(example, Int32Array.from(ids), 0, ids.length)

  return {
    /** @param passSeed seed of the dropout of this batch */
    async sample(batch: readonly RolloutImage[], passSeed: number): Promise<Rollout[]> {
      seed = passSeed
      const sampled = await search(await (sampler ??= machineOf(beam, true)), batch)
      const best =
        baseline === 'greedy' ? await search(await (greedy ??= machineOf(1, false)), batch) : undefined
      return batch.map((image, i) => {
        const samples = sampled[i]!
        const rewards = Float32Array.from(samples, (sample) => rewardOf(image, sample))
        const mean = rewards.reduce((sum, value) => sum + value, 0) / rewards.length
        const compared = best ? rewardOf(image, best[i]![0]!) : mean
        const scale = baseline === 'leave-one-out' ? beam / Math.max(1, beam - 1) : 1
        return { samples, rewards, baseline: compared, scale }
      })
    },
    async dispose() {
      for (const machine of [sampler, greedy]) (await machine?.catch(() => undefined))?.dispose()
    },
  }
}
