/** Random numbers and hashes: the same for the same seed on every machine. */

import { createHash } from 'node:crypto'

/** A source of random numbers. */
export interface Random {
  /** 32 random bits, as an unsigned integer. */
  bits(): number
  /** A number from [0, 1). */
  uniform(): number
  /** An integer from [0, count). */
  below(count: number): number
  /** true with this probability. */
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
}

/**
 * An independent stream of random numbers for each seed and path, so that what is drawn for one image does not depend on
 * the others.
 */
export function randomStream(seed: number, ...path: readonly (string | number)[]): Random {
  const key = JSON.stringify([seed, ...path])
  const digest = createHash('sha256').update(key).digest()
  return createRandom([0, 4, 8, 12].map((at) => digest.readInt32LE(at)))
}

/**
 * xoshiro128** (Blackman and Vigna, Scrambled Linear Pseudorandom Number Generators, 2021).
 *
 * @param state four 32-bit integers, not all 0
 */
export function createRandom([a = 0, b = 0, c = 0, d = 0]: readonly number[]): Random {
  function bits(): number {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return scrambled
  }

  const uniform = () => bits() / 2 ** 32
  const below = (count: number) => Math.floor(uniform() * count)
  return {
    bits,
    uniform,
    below,
    chance: (probability) => uniform() < probability,
    pick(list) {
      if (list.length === 0) throw new RangeError('nothing to pick from')
      return list[below(list.length)]! // below() stays inside the list
    },
  }
}

/**
 * Adds noise of mean 0 and standard deviation `scale`: the sum of four random bytes, which is nearly normal. It is computed
 * in exact integers up to the last step, because logarithms and sines may differ between machines.
 */
export function addNoise(values: Float32Array, scale: number, { bits }: Random): void {
  const unit = scale / Math.sqrt((4 * (256 ** 2 - 1)) / 12)
  for (let i = 0; i < values.length; i++) {
    const drawn = bits()
    const sum = (drawn & 255) + ((drawn >>> 8) & 255) + ((drawn >>> 16) & 255) + (drawn >>> 24)
    values[i] = values[i]! + (sum - 510) * unit
  }
}

const rotate = (bits: number, by: number) => (bits << by) | (bits >>> (32 - by))

/** An int32 that depends on every bit of both: two rounds of multiplication, xor and shift. */
export function hash(seed: number, index: number): number {
  let bits = Math.imul(seed ^ 0x5bd1e995, 0x27d4eb2f) ^ Math.imul(index + 1, 0x61c88647)
  bits = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b3)
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d)
  return bits ^ (bits >>> 16)
}

/** FNV-1a over the UTF-16 units of a text. */
export function hashText(text: string): number {
  let bits = 0x811c9dc5
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193)
  return bits
}

/**
 * Uniform numbers in [0, 1) for drawing millions of images: a Weyl sequence through the 32-bit finalizer of MurmurHash3.
 * The confidence intervals that scores report depend on these numbers, so they must not change.
 */
export function uniformNumbers(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
    return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32
  }
}

/**
 * Shuffles a list in place (Fisher and Yates), from its end to its beginning.
 *
 * @param below a random integer from 0 up to, but not, `count`; `count` falls from the list's length to 2
 * @returns the list
 */
export function shuffle<T>(list: T[], below: (count: number) => number): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = below(i + 1)
    ;[list[i], list[j]] = [list[j]!, list[i]!] // both within the list
  }
  return list
}
