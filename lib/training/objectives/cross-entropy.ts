/**
 * The cross-entropy objective: captions of the training set, word by word.
 *
 * Shapes: b images, r regions, c captions of an image, t words of a caption, with `<bos>` and `<eos>`.
 */
import * as tf from '../../engine/tfjs.js'
import { special, type ModelConfig } from '../../model/config.js'
import { notPadding } from '../../model/decoder.js'
import { captionLogProbs, type Model, type Noise } from '../../model/transformer.js'
import { int32 } from '../../tensor.js'
import { bucketOf, type Batch } from '../batches.js'
import type { Objective } from '../early-stopping.js'
import type { Loss, LossInputs, Optimizer } from '../optimizer/optimizer.js'
import type { Run } from '../run.js'
import type { MicroBatch } from '../shards.js'
import {
  createNoise,
  featureInput,
  noiseFrom,
  targetOf,
  type InputOptions,
  type NoiseInputs,
  type OnHost,
  type Target,
} from './inputs.js'
import type { ObjectiveSteps } from './objective.js'

/** Steps of cross-entropy. */
export function crossEntropySteps(run: Run, optimizer: Optimizer<Objective>): ObjectiveSteps {
  return {
    async take({ batch, shard, learningRate, update, seed }) {
      const { microBatches, words, captions } = lossInputsOf(batch, shard, run, seed)
      const result = await optimizer.step({
        objective: 'xe',
        microBatches,
        count: words,
        learningRate,
        update,
      })
      return { ...result, captions, words }
    },
    async dispose() {},
  }
}

/**
 * The loss: -log p of each word after `<bos>`, `<eos>` included and padding not, mean over words.
 *
 * @param features (b, r, featureWidth)
 * @param captions (b, c, t) int32, padded with `<pad>`; a caption of padding alone counts for nothing
 * @param smoothing label smoothing; the reference has none
 * @param count of words to divide by instead, where these captions are part of a larger batch; a scalar
 * @returns a scalar
 */
export function crossEntropy(
  model: Model,
  features: tf.Tensor3D,
  captions: tf.Tensor3D,
  {
    noise,
    smoothing = 0,
    count: words,
  }: { noise?: Noise | undefined; smoothing?: number; count?: tf.Scalar | undefined } = {},
): tf.Scalar {
  const [images, count, length] = captions.shape
  const shown = tf.slice(captions, [0, 0, 0], [images, count, length - 1]) // (b, c, t - 1)
  const labels = tf.slice(captions, [0, 0, 1], [images, count, length - 1]) // (b, c, t - 1)
  const logProbs = captionLogProbs(model, features, { words: shown, labels, noise, smoothing }) // (b, c, t - 1)
  const real = notPadding(labels) // (b, c, t - 1)
  return tf.neg(tf.div(tf.sum(tf.mul(logProbs, real)), words ?? tf.sum(real)))
}

/** What the loss is given: features (b, r, featureWidth), captions (b, c, t) int32, dropout's noise. */
export type CrossEntropyInputs = {
  readonly features: tf.Tensor3D
  readonly captions: tf.Tensor3D
} & NoiseInputs

/** The loss of named inputs; `count`, a scalar, where they are part of a larger batch. */
export function crossEntropyLoss(config: ModelConfig, { smoothing = 0 } = {}): Loss {
  return (inputs, parameters) => {
    const { features, captions, count, ...noise } = inputs as CrossEntropyInputs & { count?: tf.Scalar } // as compiled for
    return crossEntropy({ config, parameters }, features, captions, {
      noise: noiseFrom(noise),
      smoothing,
      count,
    })
  }
}

/**
 * The inputs for some images of a batch; fewer images or captions than the sizes say are filled up with padding, which
 * counts for nothing.
 */
export function crossEntropyInputs(
  options: InputOptions,
  targets: readonly (readonly Target[])[],
): OnHost<CrossEntropyInputs> {
  const { images, captions, length } = options.sizes
  const ids = new Int32Array(images * captions * (length + 1)).fill(special.pad)
  const noise = createNoise(options, targets.length)
  targets.forEach((ofImage, i) =>
    ofImage.forEach(({ ids: words, rows }, j) => {
      const caption = i * captions + j
      const start = caption * (length + 1)
      ids[start] = special.bos
      ids.set(words, start + 1)
      for (let position = 0; position < words.length; position++)
        noise.ofWord(i, caption * length + position, rows[position]!, position)
    }),
  )
  return {
    features: featureInput(options),
    captions: int32(ids, images, captions, length + 1),
    ...noise.inputs,
  }
}

/**
 * The inputs of each micro-batch, and how many words and captions the whole batch has. All are as long as the longest
 * caption of the batch needs.
 */
function lossInputsOf(
  batch: Batch,
  shard: readonly MicroBatch[],
  { examples, config }: Pick<Run, 'examples' | 'config'>,
  seed: number,
): { microBatches: LossInputs[]; words: number; captions: number } {
  const lengths = batch.images.flatMap((image, i) =>
    batch.captions[i]!.map((caption) => examples[image]!.captions[caption]!.length + 1),
  )
  const sizes = {
    captions: Math.max(...batch.captions.map(({ length }) => length)),
    length: bucketOf(Math.max(...lengths), config.maxLength),
  }
  return {
    words: lengths.reduce((sum, length) => sum + length, 0),
    captions: lengths.length,
    microBatches: shard.map(({ first, room, images, captions, features }) => {
      const targets = images.map((image, i) =>
        captions[i]!.map((caption, row) => targetOf(examples[image]!.captions[caption]!, row)),
      )
      const own = { ...sizes, images: room }
      return {
        sizes: own,
        inputs: crossEntropyInputs({ config, sizes: own, features, first, seed }, targets),
      }
    }),
  }
}
