/** Sampling: captions drawn word by word. */
import { special } from '../../model/config.js'
import type { Forbids } from './rules.js'
import { Histories, type Choices, type Hypothesis, type Search } from './search.js'

export interface SamplingOptions {
  /** Captions to draw. */
  readonly samples: number
  readonly vocabularySize: number
  readonly maxLength: number
  /** Divides log-probabilities before drawing; near 0 is greedy. */
  readonly temperature: number
  /** Only the k most likely words (Fan et al., 2018); 0: all. */
  readonly topK: number
  /** Only the most likely words that together have probability p (Holtzman et al., 2020); 1: all. */
  readonly topP: number
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly forbids?: Forbids | undefined
}

/** Draws captions. Their log-probabilities are the model's own, without temperature. */
export function sampling(options: SamplingOptions): Search {
  const { samples, vocabularySize, maxLength, random, forbids } = options
  const histories = new Histories(samples, maxLength)
  const words = new Int32Array(samples).fill(special.bos)
  const parents = Int32Array.from({ length: samples }, (_, row) => row)
  const logProbs = new Float32Array(samples)
  const scores = new Float32Array(samples)
  const ended = new Uint8Array(samples)
  let step = 0

  function advance({ all }: Choices): boolean {
    if (!all) throw new RangeError('sampling needs the log-probability of every word')
    for (let row = 0; row < samples; row++) {
      words[row] = 0
      logProbs[row] = 0
      if (ended[row]) continue
      const past = histories.words(row, step)
      const row0 = row * vocabularySize
      const word = draw(
        all.subarray(row0, row0 + vocabularySize),
        options,
        (id) => forbids?.(past, id) ?? false,
        random,
      )
      words[row] = word
      logProbs[row] = all[row0 + word]!
      scores[row] = Math.fround(scores[row]! + logProbs[row]!)
      if (word === special.eos) ended[row] = 1
    }
    histories.extend(step, parents, words, logProbs)
    step++
    return step === maxLength || ended.every(Boolean)
  }

  function result(): Hypothesis[] {
    return Array.from(scores.keys())
      .sort((a, b) => scores[b]! - scores[a]! || a - b)
      .map((row) => histories.hypothesis(row, step, scores[row]!))
  }

  return { rows: samples, words, parents, advance, result }
}

/** Draws one word. @param logProbs (vocabulary) */
function draw(
  logProbs: Float32Array,
  { temperature, topK, topP }: SamplingOptions,
  forbidden: (word: number) => boolean,
  random: () => number,
): number {
  const words = Array.from(logProbs.keys()).filter((word) => !forbidden(word))
  if (topK > 0 || topP < 1) words.sort((a, b) => logProbs[b]! - logProbs[a]! || a - b)
  if (topK > 0) words.length = Math.min(words.length, topK)
  const highest = words.reduce((most, word) => Math.max(most, logProbs[word]!), -Infinity)
  const weights = words.map((word) => Math.exp((logProbs[word]! - highest) / temperature))
  const mass = weights.reduce((sum, weight) => sum + weight, 0)
  let kept = words.length
  if (topP < 1) {
    let sum = 0
    kept = weights.findIndex((weight) => (sum += weight) >= topP * mass) + 1 || words.length
  }
  let left = random() * weights.slice(0, kept).reduce((sum, weight) => sum + weight, 0)
  for (let i = 0; i < kept; i++) if ((left -= weights[i]!) < 0) return words[i]!
  return words[kept - 1] ?? special.eos
}
