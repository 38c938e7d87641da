/** A growing trie of phrases, which becomes the paraphrase table. */
import type { ParaphraseTable } from './table.js'
import { withRoom } from '../../room.js'
import { sortRange } from './sorting.js'
import { createWordNumbers } from './word-key.js'

/** A trie of phrases and the pairs of them, growing in typed arrays. */
export interface PhraseTrie {
  readonly root: number
  /** The number of a word by its two words. */
  word(one: number, other: number): number
  /** The phrase one word longer. */
  next(node: number, word: number): number
  addPair(first: number, second: number): void
  /** The table, its words and nodes numbered in order. */
  finish(): ParaphraseTable
}

export function createPhraseTrie(): PhraseTrie {
  // Edges in an open word table: (node, word) to the child, whose parent and last word say which edge it was.
  let slots = new Int32Array(1 << 16)
  const numbers = createWordNumbers()
  let parents = new Int32Array(1 << 14)
  let words = new Int32Array(1 << 14)
  let count = 1 // the root is 0
  let firsts = new Int32Array(1 << 14)
  let seconds = new Int32Array(1 << 14)
  let pairCount = 0

  return {
    root: 0,
    word: numbers.add,
    next(node, word) {
      let slot = slotOf(node, word, slots.length)
      for (let child; (child = slots[slot]!) !== 0; slot = (slot + 1) & (slots.length - 1))
        if (parents[child] === node && words[child] === word) return child
      if (count === parents.length) {
        parents = larger(parents)
        words = larger(words)
      }
      parents[count] = node
      words[count] = word
      slots[slot] = count
      if (++count * 2 > slots.length) rehash()
      return count - 1
    },
    addPair(first, second) {
      if (pairCount === firsts.length) {
        firsts = larger(firsts)
        seconds = larger(seconds)
      }
      firsts[pairCount] = first
      seconds[pairCount++] = second
    },
    finish() {
      slots = new Int32Array(0)
      return arrange(numbers.keys(), {
        parents: parents.subarray(0, count),
        words: words.subarray(0, count),
        firsts: firsts.subarray(0, pairCount),
        seconds: seconds.subarray(0, pairCount),
      })
    },
  }

  function rehash(): void {
    slots = new Int32Array(2 * slots.length)
    for (let child = 1; child < count; child++) {
      let slot = slotOf(parents[child]!, words[child]!, slots.length)
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = child
    }
  }
}

function slotOf(node: number, word: number, size: number): number {
  let mixed = Math.imul(node, 0x9e3779b1) ^ Math.imul(word, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  return (mixed ^ (mixed >>> 13)) & (size - 1)
}

function larger(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(2 * array.length)
  copy.set(array)
  return copy
}

/** By node, its parent and last word; by pair, the nodes of its two phrases. */
interface GrownTrie {
  readonly parents: Int32Array
  readonly words: Int32Array
  readonly firsts: Int32Array
  readonly seconds: Int32Array
}

/** Numbers words by key and nodes breadth first, and sorts each node's pairs. */
function arrange(
  unordered: Float64Array<ArrayBuffer>,
  { parents, words, firsts, seconds }: GrownTrie,
): ParaphraseTable {
  const keys = unordered.toSorted()
  const places = new Map(Array.from(keys, (key, word) => [key, word]))
  const wordOf = Uint32Array.from(unordered, (key) => places.get(key)!)
  const last = words.map((word) => wordOf[word]!)

  // The children of each node, linked.
  const eldest = new Int32Array(parents.length)
  const younger = new Int32Array(parents.length)
  for (let node = parents.length - 1; node > 0; node--) {
    younger[node] = eldest[parents[node]!]!
    eldest[parents[node]!] = node
  }

  // Every word is a node even where no phrase begins with it, so that the first nodes are the words.
  const begins = new Int32Array(keys.length)
  for (let node = eldest[0]!; node !== 0; node = younger[node]!) begins[last[node]!] = node
  const size = parents.length - 1 + begins.reduce((missing, node) => missing + (node === 0 ? 1 : 0), 0)
  const lastWords = new Uint32Array(size)
  const children = new Uint32Array(size + 1)
  const was = new Int32Array(size) // the number each node had, 0 for a word that begins nothing
  const became = new Uint32Array(parents.length)
  was.set(begins)
  for (let word = 0; word < keys.length; word++) lastWords[word] = word
  let count = keys.length
  let siblings = new Float64Array(1024) // word and node as one number, so that they are sorted together
  for (let node = 0; node < size; node++) {
    const old = was[node]!
    became[old] = node
    children[node] = count
    if (old === 0) continue
    let born = 0
    for (let child = eldest[old]!; child !== 0; child = younger[child]!) {
      if (born === siblings.length) siblings = withRoom(siblings)
      siblings[born++] = last[child]! * 2 ** 31 + child
    }
    sortRange(siblings, 0, born)
    for (let i = 0; i < born; i++) {
      lastWords[count] = Math.floor(siblings[i]! / 2 ** 31)
      was[count++] = siblings[i]! % 2 ** 31
    }
  }
  children[size] = count
  return {
    keys,
    words: lastWords,
    children,
    ...sortPairs(
      size,
      firsts.map((node) => became[node]!),
      seconds.map((node) => became[node]!),
    ),
  }
}

type Pairs = Pick<ParaphraseTable, 'pairs' | 'seconds' | 'orders' | 'isSecond'>

function sortPairs(size: number, firsts: Int32Array, seconds: Int32Array): Pairs {
  const pairs = new Uint32Array(size + 1)
  const isSecond = new Uint8Array(size)
  for (let i = 0; i < firsts.length; i++) {
    pairs[firsts[i]! + 1]!++
    isSecond[seconds[i]!] = 1
  }
  for (let node = 0; node < size; node++) pairs[node + 1]! += pairs[node]!

  // Second and place in the file as one number, so that they are sorted together.
  const places = 2 ** 24
  const keys = new Float64Array(firsts.length)
  const filled = pairs.slice(0, size)
  for (let i = 0; i < firsts.length; i++) {
    const at = filled[firsts[i]!]!++
    keys[at] = seconds[i]! * places + (at - pairs[firsts[i]!]!)
  }
  for (let node = 0; node < size; node++) sortRange(keys, pairs[node]!, pairs[node + 1]!)
  return {
    pairs,
    seconds: Uint32Array.from(keys, (key) => Math.floor(key / places)),
    orders: Uint32Array.from(keys, (key) => key % places),
    isSecond,
  }
}
