/** What searches have in common: what they see at a step, what they find, and the words of their rows so far. */
import { special } from '../../model/config.js'

/**
 * What a search sees of the model at one step: for each of its rows, the best words in order of their log-probability.
 * Row r's i-th word is `ids[r * perRow + i]`. `all` holds every word's log-probability, (rows, vocabulary), where it was
 * asked for.
 */
export interface Choices {
  readonly ids: Int32Array
  readonly logProbs: Float32Array
  readonly perRow: number
  readonly all?: Float32Array
}

/** One caption in word ids, up to and with `<eos>` if it ended by itself. */
export interface Hypothesis {
  readonly ids: readonly number[]
  readonly logProb: number
  readonly wordLogProbs: readonly number[]
  readonly ended: boolean
  /** The row in which each word was found: the beam that the caption was in at that step. */
  readonly rows: readonly number[]
}

/**
 * The search for one image's captions: it says which words to feed next, and takes what the model answers. It owns `rows`
 * rows of the model's batch; each row continues the cached past of the row that `parents` names.
 */
export interface Search {
  readonly rows: number
  readonly words: Int32Array
  readonly parents: Int32Array
  /** Takes one step's choices; true when the result is final. */
  advance(choices: Choices): boolean
  /** Best first. */
  result(): Hypothesis[]
}

/** The words of every row so far, their log-probabilities, and the rows they were found in: (rows, maxLength) each. */
export class Histories {
  #ids: Int32Array
  #logProbs: Float32Array
  #spareIds: Int32Array
  #spareLogProbs: Float32Array
  #origins: Int32Array
  #spareOrigins: Int32Array

  constructor(
    readonly rows: number,
    readonly maxLength: number,
  ) {
    this.#ids = new Int32Array(rows * maxLength)
    this.#logProbs = new Float32Array(rows * maxLength)
    this.#spareIds = new Int32Array(rows * maxLength)
    this.#spareLogProbs = new Float32Array(rows * maxLength)
    this.#origins = new Int32Array(rows * maxLength)
    this.#spareOrigins = new Int32Array(rows * maxLength)
  }

  /** The words of a row so far: a view. */
  words(row: number, length: number): Int32Array {
    return this.#ids.subarray(row * this.maxLength, row * this.maxLength + length)
  }

  /** Row r becomes what row parents[r] was, plus one word at `step`. */
  extend(step: number, parents: Int32Array, words: Int32Array, logProbs: Float32Array): void {
    for (let row = 0; row < this.rows; row++) {
      const from = parents[row]! * this.maxLength
      const to = row * this.maxLength
      this.#spareIds.set(this.#ids.subarray(from, from + step), to)
      this.#spareLogProbs.set(this.#logProbs.subarray(from, from + step), to)
      this.#spareOrigins.set(this.#origins.subarray(from, from + step), to)
      this.#spareIds[to + step] = words[row]!
      this.#spareOrigins[to + step] = parents[row]!
      this.#spareLogProbs[to + step] = logProbs[row]!
    }
    ;[this.#ids, this.#spareIds] = [this.#spareIds, this.#ids]
    ;[this.#origins, this.#spareOrigins] = [this.#spareOrigins, this.#origins]
    ;[this.#logProbs, this.#spareLogProbs] = [this.#spareLogProbs, this.#logProbs]
  }

  hypothesis(row: number, length: number, logProb: number): Hypothesis {
    const ids = Array.from(this.words(row, length))
    const end = ids.indexOf(special.eos)
    const kept = end < 0 ? length : end + 1
    const start = row * this.maxLength
    return {
      ids: ids.slice(0, kept),
      logProb,
      wordLogProbs: Array.from(this.#logProbs.subarray(start, start + kept)),
      ended: end >= 0,
      rows: Array.from(this.#origins.subarray(start, start + kept)),
    }
  }
}
