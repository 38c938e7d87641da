/** Keys and numbers of the words of the paraphrase table. */
import { withRoom } from '../../room.js'

/**
 * Words of the paraphrase table are told apart by a key of 53 bits: two polynomial hashes over UTF-16, so that five
 * million phrases are read without making a string of each word. Two of a table's words share a key less than once in
 * a million tables; with Java's 32-bit hash codes alone, "as" and "c5" would be one word.
 */
export function keyOf(word: string): number {
  let one = 0
  let other = 0
  for (let i = 0; i < word.length; i++) {
    one = nextOne(one, word.charCodeAt(i))
    other = nextOther(other, word.charCodeAt(i))
  }
  return toKey(one, other)
}

export const nextOne = (hash: number, unit: number): number => (Math.imul(hash, 31) + unit) | 0
export const nextOther = (hash: number, unit: number): number => (Math.imul(hash, 0x9e3779b1) + unit) | 0

const toKey = (one: number, other: number): number => (one >>> 0) * 2 ** 21 + (other >>> 11)

/** Numbers words by their two hashes, as they come. */
export interface WordNumbers {
  add(one: number, other: number): number
  /** The keys, by number. */
  keys(): Float64Array<ArrayBuffer>
}

export function createWordNumbers(): WordNumbers {
  let slots = new Int32Array(1 << 12) // number + 1, 0 for none
  let ones = new Int32Array(1 << 11)
  let others = new Int32Array(1 << 11)
  let count = 0

  return {
    add(one, other) {
      let slot = find(one, other)
      if (slots[slot] !== 0) return slots[slot]! - 1
      if (2 * count === slots.length) {
        grow()
        slot = find(one, other)
      }
      ones[count] = one
      others[count] = other
      slots[slot] = ++count
      return count - 1
    },
    keys: () => Float64Array.from({ length: count }, (_, number) => toKey(ones[number]!, others[number]!)),
  }

  function find(one: number, other: number): number {
    let slot = (other >>> 7) & (slots.length - 1)
    for (let number; (number = slots[slot]! - 1) >= 0; slot = (slot + 1) & (slots.length - 1))
      if (ones[number] === one && others[number] === other) break
    return slot
  }

  function grow(): void {
    slots = new Int32Array(2 * slots.length)
    ones = withRoom(ones)
    others = withRoom(others)
    for (let number = 0; number < count; number++) slots[find(ones[number]!, others[number]!)] = number + 1
  }
}
