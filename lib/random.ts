import { createHash } from 'node:crypto'

/** Random numbers, the same ones for the same seed on every machine. */
export interface Random {
  /** 32 random bits, as an unsigned integer. */
  bits(): number
  /** From 0 up to, but not, 1. */
  uniform(): number
  /** An integer from 0 up to, but not, `count`. */
  below(count: number): number
  /** true in a share `probability` of the cases. */
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
}

/**
 * A stream of random numbers of its own for every seed and path, so that what is drawn for one image depends on no
 * other.
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
 * Adds noise of mean 0 and standard deviation `scale`: the sum of four random bytes, nearly normal, and exact integers
 * until the last step, so that no machine's logarithms or sines can differ.
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
