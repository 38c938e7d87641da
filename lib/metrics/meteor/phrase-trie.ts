import type { ParaphraseTable } from './paraphrases.js'

/** A trie of phrases and the pairs of them, growing in typed arrays. Words are hash codes. */
export interface PhraseTrie {
  readonly root: number
  /** The phrase one word longer. */
  next(node: number, hash: number): number
  addPair(first: number, second: number): void
  /** The table, its words and nodes numbered in order. */
  finish(): ParaphraseTable
}

export function createPhraseTrie(): PhraseTrie {
  // Edges in an open hash table: (node, hash code) to the child, whose parent and hash code say which edge it was.
  let slots = new Int32Array(1 << 16)
  let parents = new Int32Array(1 << 14)
  let hashes = new Int32Array(1 << 14)
  let count = 1 // the root is 0
  let firsts = new Int32Array(1 << 14)
  let seconds = new Int32Array(1 << 14)
  let pairCount = 0

  return {
    root: 0,
    next(node, hash) {
      let slot = slotOf(node, hash, slots.length)
      for (let child; (child = slots[slot]!) !== 0; slot = (slot + 1) & (slots.length - 1))
        if (parents[child] === node && hashes[child] === hash) return child
      if (count === parents.length) {
        parents = larger(parents)
        hashes = larger(hashes)
      }
      parents[count] = node
      hashes[count] = hash
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
      return arrange(parents.subarray(0, count), hashes, firsts.subarray(0, pairCount), seconds)
    },
  }

  function rehash(): void {
    slots = new Int32Array(2 * slots.length)
    for (let child = 1; child < count; child++) {
      let slot = slotOf(parents[child]!, hashes[child]!, slots.length)
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = child
    }
  }
}

function slotOf(node: number, hash: number, size: number): number {
  let mixed = Math.imul(node, 0x9e3779b1) ^ Math.imul(hash, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  return (mixed ^ (mixed >>> 13)) & (size - 1)
}

function larger(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(2 * array.length)
  copy.set(array)
  return copy
}

/** Numbers words by hash code and nodes breadth first, and sorts each node's pairs. */
function arrange(
  parents: Int32Array,
  hashes: Int32Array,
  firsts: Int32Array,
  seconds: Int32Array,
): ParaphraseTable {
  const words = Int32Array.from(new Set(hashes.subarray(1, parents.length))).sort()
  const wordOf = new Map(Array.from(words, (hash, word) => [hash, word]))

  // The children of each node, linked.
  const eldest = new Int32Array(parents.length)
  const younger = new Int32Array(parents.length)
  for (let node = 1; node < parents.length; node++) {
    younger[node] = eldest[parents[node]!]!
    eldest[parents[node]!] = node
  }

  // Every word is a node even where no phrase begins with it, so that the first nodes are the words.
  const begins = new Int32Array(words.length)
  for (let node = eldest[0]!; node !== 0; node = younger[node]!) begins[wordOf.get(hashes[node]!)!] = node
  const size = words.length + parents.length - 1 - begins.reduce((n, node) => n + (node > 0 ? 1 : 0), 0)
  const lastWords = new Uint32Array(size)
  const children = new Uint32Array(size + 1)
  const was = new Int32Array(size) // the number each node had, 0 for a word that begins nothing
  const became = new Uint32Array(parents.length)
  was.set(begins)
  for (let word = 0; word < words.length; word++) lastWords[word] = word
  let count = words.length
  for (let node = 0; node < size; node++) {
    const old = was[node]!
    became[old] = node
    children[node] = count
    if (old === 0) continue
    const brothers: [word: number, node: number][] = []
    for (let child = eldest[old]!; child !== 0; child = younger[child]!)
      brothers.push([wordOf.get(hashes[child]!)!, child])
    brothers.sort(([a], [b]) => a - b)
    for (const [word, child] of brothers) {
      lastWords[count] = word
      was[count++] = child
    }
  }
  children[size] = count
  return {
    hashes: words,
    words: lastWords,
    children,
    ...sortPairs(
      size,
      firsts.map((node) => became[node]!),
      seconds.subarray(0, firsts.length).map((node) => became[node]!),
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
  for (let node = 0; node < size; node++)
    if (pairs[node + 1]! - pairs[node]! > 1) keys.subarray(pairs[node], pairs[node + 1]).sort()
  return {
    pairs,
    seconds: Uint32Array.from(keys, (key) => Math.floor(key / places)),
    orders: Uint32Array.from(keys, (key) => key % places),
    isSecond,
  }
}
