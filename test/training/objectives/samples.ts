/** Captions with rewards, as the self-critical loss takes them. */
import type { ModelConfig } from '../../../lib/model/config.js'
import { scalar, type HostTensor, type HostTensors } from '../../../lib/tensor.js'
import { prefixTree } from '../../../lib/training/objectives/prefix-tree.js'
import { selfCriticalInputs } from '../../../lib/training/objectives/self-critical.js'

/**
 * What the self-critical loss is given for captions (b, k, t), padded after `<eos>`, with their rewards (b, k) and baselines
 * (b), without dropout.
 */
export function samplesOf(
  config: ModelConfig,
  features: HostTensor,
  captions: HostTensor,
  rewards: ArrayLike<number>,
  baselines: ArrayLike<number>,
): HostTensors {
  const [images, beams, length] = captions.shape as [number, number, number]
  const trees = Array.from({ length: images }, (_, image) => {
    const targets = Array.from({ length: beams }, (_, beam) => {
      const start = (image * beams + beam) * length
      const words = Array.from(captions.data.subarray(start, start + length), Number)
      const end = words.indexOf(3)
      const ids = words.slice(0, end < 0 ? length : end + 1)
      return { ids, rows: ids.map(() => 0) }
    })
    return prefixTree(
      targets,
      targets.map((_, beam) => rewards[image * beams + beam]! - baselines[image]!),
    )
  })
  const sizes = { images, captions: 1, length: Math.max(...trees.map((nodes) => nodes.length)) }
  const given = { config, sizes, features: features.data as Float32Array } // as features are
  const inputs = selfCriticalInputs(given, trees)
  return { ...inputs, count: scalar(images * beams * length) }
}
