/** N-grams as numbers: a trie in one hash table of integers. */
import type { Captions } from './captions.js'

/** Metrics here count n-grams of one to four words. */
export const orders = 4

/** The empty n-gram: the prefix of every single word. */
export const root = 0

/**
 * A growing set of n-grams, numbered from 1 in the order they came. An n-gram is its prefix (the n-gram one word
 * shorter) and its last word, so the set is a trie, held as one open-addressing hash table of integers.
 */
export class Ngrams {
  /** N-grams in the set are numbered 1 to size - 1. */
  size = 1
  #pairs: Int32Array // prefix and last word of n-gram i, at 2i and 2i + 1
  #slots: Int32Array // n-grams by hash, 0 where free; at most half are taken
  #mask: number

  constructor(capacity = 512) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * capacity)))
    this.#slots = new Int32Array(slots)
    this.#pairs = new Int32Array(slots)
    this.#mask = slots - 1
  }

  /** The n-gram of `prefix` followed by `word`; 0 when it is not in the set. */
  find(prefix: number, word: number): number {
    return this.#slots[this.#slot(prefix, word)]!
  }

  /** The n-gram of `prefix` followed by `word`, added when new. */
  add(prefix: number, word: number): number {
    const slot = this.#slot(prefix, word)
    const found = this.#slots[slot]!
    if (found !== 0) return found
    const ngram = this.size++
    this.#slots[slot] = ngram
    this.#pairs[2 * ngram] = prefix
    this.#pairs[2 * ngram + 1] = word
    if (2 * this.size > this.#mask) this.#grow()
    return ngram
  }

  /**
   * The n-grams of n words of captions, added when new: that which begins with word i, from its prefix, which is
   * `prefixes[i]`, at i; 0 where the caption ends before. It is `add` in a loop, written out: a corpus has a
   * million n-grams, and V8 reloads a field at every use.
   *
   * @param prefixes the n-grams of n - 1 words; undefined when n is 1
   */
  addAll({ words, starts }: Captions, n: number, prefixes: Int32Array | undefined): Int32Array {
    const numbers = new Int32Array(words.length)
    let [slots, pairs, mask, size] = [this.#slots, this.#pairs, this.#mask, this.size]
    for (let caption = 0; caption + 1 < starts.length; caption++) {
      const end = starts[caption + 1]! - n
      for (let i = starts[caption]!; i <= end; i++) {
        const prefix = prefixes === undefined ? root : prefixes[i]!
        const word = words[i + n - 1]!
        let slot = hashOf(prefix, word) & mask
        let ngram = slots[slot]!
        while (ngram !== 0 && (pairs[2 * ngram] !== prefix || pairs[2 * ngram + 1] !== word)) {
          slot = (slot + 1) & mask
          ngram = slots[slot]!
        }
        if (ngram === 0) {
          ngram = size++
          slots[slot] = ngram
          pairs[2 * ngram] = prefix
          pairs[2 * ngram + 1] = word
          if (2 * size > mask) {
            this.size = size
            this.#grow()
            ;[slots, pairs, mask] = [this.#slots, this.#pairs, this.#mask]
          }
        }
        numbers[i] = ngram
      }
    }
    this.size = size
    return numbers
  }

  /**
   * Forgets the n-grams numbered `size` and above. Under linear probing the newest n-grams are on no older one's
   * path, so freeing their slots, newest first, undoes their insertion: what one caption added can be taken back.
   */
  truncate(size: number): void {
    while (this.size > size) {
      const ngram = --this.size
      this.#slots[this.#slot(this.#pairs[2 * ngram]!, this.#pairs[2 * ngram + 1]!)] = 0
    }
  }

  /** Where the n-gram is, or else the free slot where it belongs. */
  #slot(prefix: number, word: number): number {
    const slots = this.#slots
    const pairs = this.#pairs
    let slot = hashOf(prefix, word) & this.#mask
    for (let ngram; (ngram = slots[slot]!) !== 0; slot = (slot + 1) & this.#mask)
      if (pairs[2 * ngram] === prefix && pairs[2 * ngram + 1] === word) break
    return slot
  }

  #grow(): void {
    const pairs = this.#pairs
    const length = 2 * this.#slots.length
    this.#pairs = new Int32Array(length)
    this.#pairs.set(pairs)
    this.#slots = new Int32Array(length)
    this.#mask = length - 1
    for (let ngram = 1; ngram < this.size; ngram++)
      this.#slots[this.#slot(pairs[2 * ngram]!, pairs[2 * ngram + 1]!)] = ngram
  }
}

function hashOf(prefix: number, word: number): number {
  const hash = Math.imul(Math.imul(prefix, 0x9e3779b1) ^ word, 0x85ebca6b)
  return hash ^ (hash >>> 15)
}

/** Captions as n-grams: `orders[n - 1][i]` is the n-gram of n words from word i on; 0 where the caption ends before. */
export interface CaptionNgrams {
  readonly starts: Int32Array
  readonly orders: readonly Int32Array[]
}

/** Numbers the n-grams of captions, adding new ones to the set. */
export function numberNgrams(captions: Captions, ngrams: Ngrams): CaptionNgrams {
  const numbered: Int32Array[] = []
  for (let n = 1; n <= orders; n++) numbered.push(ngrams.addAll(captions, n, numbered[n - 2]))
  return { starts: captions.starts, orders: numbered }
}
