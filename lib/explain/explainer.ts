/** Explanations of captions: which regions each word of a caption comes from, by attention or by gradients. */
import type { Compiled, Engine, State, Tensors } from '../engine/engine.js'
import { DataError } from '../errors.js'
import { special, type ModelConfig } from '../model/config.js'
import { float32, float32Spec, int32, int32Spec, type HostTensor, type HostTensors } from '../tensor.js'
import { attentionShares } from './attention.js'
import { baselineScale, pathPoints, pointGradients, type Point, type PointInputs } from './gradients.js'
import type * as tf from '../engine/tfjs.js'

const methods = ['attention', 'gradients'] as const
export type Method = (typeof methods)[number]

/** How much each region contributes to one word of a caption. */
export interface Attribution {
  /** (regions) */
  readonly regions: readonly number[]
  /** For gradients: the word's log-probability, and that at the baseline, without features. */
  readonly logProb?: number
  readonly baselineLogProb?: number
}

/** A model ready to say which regions each word of a caption comes from. */
export interface Explainer {
  /**
   * @param features (regions, featureWidth), padded with zeros
   * @param ids of the caption's words, without special ones
   * @throws DataError where the numbers of the model overflow
   */
  explain(features: Float32Array, ids: readonly number[]): Promise<Attribution[]>
}

export interface ExplainerOptions {
  readonly method: Method
  /** Points on the path, for gradients. */
  readonly steps?: number
  /** Points computed together. */
  readonly batch?: number
}

/** Captions are padded to one of a few lengths, each compiled when first met. */
const lengths = [8, 12, 20]

export function createExplainer(
  engine: Engine,
  config: ModelConfig,
  parameters: HostTensors,
  { method, steps = 50, batch = 20 }: ExplainerOptions,
): Explainer {
  const { regions, featureWidth, maxLength } = config
  const state = engine.state(parameters)
  const compiled = new Map<number, Promise<Compiled>>()
  const compileFor = (length: number) =>
    method === 'attention'
      ? compileAttention(engine, config, state, length)
      : compileGradients(engine, config, state, { length, batch })
  return {
    async explain(features, ids) {
      const length = Math.min(maxLength, lengths.find((length) => length >= ids.length) ?? maxLength)
      let started = compiled.get(length)
      if (!started) compiled.set(length, (started = compileFor(length)))
      const run = await started
      const image = float32(features, 1, regions, featureWidth)
      const caption = { features: image, ...shown(ids, length) }
      const words =
        method === 'attention'
          ? await sharesOf(run, image, ids, length)
          : await integrate(run, caption, ids.length, { steps, batch, length })
      checkFinite(words)
      return words
    },
  }
}

function checkFinite(words: readonly Attribution[]): void {
  for (const { regions, logProb = 0, baselineLogProb = 0 } of words) {
    const odd = [...regions, logProb, baselineLogProb].find((value) => !Number.isFinite(value))
    if (odd !== undefined)
      throw new DataError(
        `the explanation holds ${odd}, which is not finite: the image's features, or the model's weights, are too large`,
      )
  }
}

function compileAttention(engine: Engine, config: ModelConfig, state: State, length: number) {
  return engine.compile(
    'attention',
    ({ features, words }, parameters) => ({
      outputs: {
        shares: attentionShares({ config, parameters }, features as tf.Tensor3D, words as tf.Tensor3D), // as compiled for
      },
    }),
    { state, inputs: { features: featuresSpec(config), words: int32Spec(1, 1, length) } },
  )
}

async function sharesOf(
  attention: Compiled,
  features: HostTensor,
  ids: readonly number[],
  length: number,
): Promise<Attribution[]> {
  const { shares } = await attention.run({ features, words: shown(ids, length).words })
  return ids.map((_, word) => ({ regions: rowOf(shares!, word) }))
}

function compileGradients(
  engine: Engine,
  config: ModelConfig,
  state: State,
  { length, batch }: { length: number; batch: number },
) {
  return engine.compile(
    'integrated-gradients',
    (inputs, parameters) => {
      const given = inputs as Tensors & PointInputs // as compiled for
      return { outputs: pointGradients({ config, parameters }, given) }
    },
    {
      state,
      inputs: {
        features: featuresSpec(config),
        words: int32Spec(1, 1, length),
        labels: int32Spec(1, 1, length),
        scales: float32Spec(batch),
        chosen: float32Spec(batch, length),
      },
    },
  )
}

/** Sums the points of every word's path, `batch` at a time. */
async function integrate(
  gradients: Compiled,
  caption: HostTensors,
  words: number,
  { steps, batch, length }: { steps: number; batch: number; length: number },
): Promise<Attribution[]> {
  const sums = Array.from({ length: words }, () => ({
    regions: [] as number[],
    logProb: 0,
    baselineLogProb: 0,
  }))
  const ends = (word: number): Point[] => [
    { word, scale: 1, weight: 0 },
    { word, scale: baselineScale, weight: 0 },
  ]
  const points = sums.flatMap((_, word) => [...ends(word), ...pathPoints(word, steps)])
  for (let start = 0; start < points.length; start += batch) {
    const part = points.slice(start, start + batch)
    const scales = new Float32Array(batch)
    const chosen = new Float32Array(batch * length)
    part.forEach(({ word, scale }, i) => {
      scales[i] = scale
      chosen[i * length + word] = 1
    })
    const { logProbs, regions } = await gradients.run({
      ...caption,
      scales: float32(scales, batch),
      chosen: float32(chosen, batch, length),
    })
    part.forEach(({ word, scale, weight }, i) => {
      const sum = sums[word]!
      if (scale === 1) sum.logProb = Number(logProbs!.data[i])
      if (scale === baselineScale) sum.baselineLogProb = Number(logProbs!.data[i])
      rowOf(regions!, i).forEach((value, region) => {
        sum.regions[region] = (sum.regions[region] ?? 0) + weight * value
      })
    })
  }
  return sums
}

/** What the decoder is shown, `<bos>` and all words but the last, and what it should say; (1, 1, length) each. */
function shown(ids: readonly number[], length: number) {
  const padded = (words: readonly number[]): HostTensor => {
    const data = new Int32Array(length).fill(special.pad)
    data.set(words)
    return int32(data, 1, 1, length)
  }
  return { words: padded([special.bos, ...ids.slice(0, -1)]), labels: padded(ids) }
}

const featuresSpec = ({ regions, featureWidth }: ModelConfig) => float32Spec(1, regions, featureWidth)

/** One row of the last axis. */
function rowOf({ shape, data }: HostTensor, row: number): number[] {
  const width = shape.at(-1)!
  return Array.from(data.subarray(row * width, (row + 1) * width), Number)
}
