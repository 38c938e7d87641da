/** METEOR's paraphrase table, ready for look-ups. */
import { keyOf } from './word-key.js'

/**
 * A trie of all phrases and, for each phrase, its paraphrases. All of it is typed arrays, so that a table of five million
 * pairs loads at once.
 *
 * w words, n nodes of the trie, p pairs. Nodes are numbered breadth first, siblings by word; the first w nodes are
 * the words as phrases of one word. A phrase is the number of its last node.
 */
export interface ParaphraseTable {
  /** (w), the keys of the words, ascending; a word's number is its place here. */
  readonly keys: Float64Array
  /** (n), the number of the last word of each node. */
  readonly words: Uint32Array
  /** (n + 1), the first child of each node; its last is before the next node's first. */
  readonly children: Uint32Array
  /** (n + 1), where in `seconds` the paraphrases of each node begin. */
  readonly pairs: Uint32Array
  /** (p), paraphrases, by node, ascending. */
  readonly seconds: Uint32Array
  /** (p), the order in which the table's file has a node's paraphrases. */
  readonly orders: Uint32Array
  /** (n), 1 for a phrase that is a paraphrase of some other. */
  readonly isSecond: Uint8Array
}

export interface Paraphrases {
  /** The number of a word, -1 where no phrase holds it. */
  word(word: string): number
  /** The node of a phrase one word longer, -1 where the table has none. */
  next(node: number, word: number): number
  readonly table: ParaphraseTable
}

export function createParaphrases(table: ParaphraseTable): Paraphrases {
  const { keys, words, children } = table
  return {
    table,
    word: (word) => search(keys, keyOf(word), 0, keys.length),
    next: (node, word) => search(words, word, children[node]!, children[node + 1]!),
  }
}

/** The place of `wanted` in `values[start, end)`, ascending; -1 where it is not. */
function search(values: Float64Array | Uint32Array, wanted: number, start: number, end: number): number {
  let low = start
  let high = end
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < wanted) low = middle + 1
    else high = middle
  }
  return low < end && values[low] === wanted ? low : -1
}
