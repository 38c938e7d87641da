/** Samples of an image as a tree of their words: what they have in common is computed once. */
import { special } from '../../model/config.js'
import type { Target } from './inputs.js'

/** A word of one or more captions that begin with the same words. */
export interface PrefixNode {
  readonly word: number
  /** The row of the search that the word was found in: each row has its own dropout. */
  readonly row: number
  /** How many words come before it. */
  readonly position: number
  /** The index of the word before it; -1 for a caption's first. */
  readonly parent: number
  /** The sum of the weights of its captions. */
  readonly weight: number
}

/**
 * Captions of an image as a tree of their words, each below the word before it. Beams with a common ancestor share its
 * words, found in the same rows, and what the model computes for those words, dropout included, is the same for all of them.
 * So it is computed and differentiated once: of five beams' words about half remain, and fewer of long captions.
 *
 * @param weights of the captions
 */
export function prefixTree(captions: readonly Target[], weights: ArrayLike<number>): PrefixNode[] {
  const nodes: { -readonly [key in keyof PrefixNode]: PrefixNode[key] }[] = []
  const found = new Map<string, number>()
  captions.forEach(({ ids, rows }, caption) => {
    let parent = -1
    for (let position = 0; position < ids.length; position++) {
      const [word, row] = [ids[position]!, rows[position]!]
      const key = `${parent} ${row} ${word}`
      const known = found.get(key)
      const node = known ?? nodes.push({ word, row, position, parent, weight: 0 }) - 1
      found.set(key, node)
      nodes[node]!.weight += weights[caption]!
      parent = node
    }
  })
  return nodes
}

/** What the model is shown to find a node's word: the word before it. */
export const shownFor = (nodes: readonly PrefixNode[], { parent }: PrefixNode): number =>
  nodes[parent]?.word ?? special.bos

/** The nodes from this one up to its caption's first word. */
export function* pathTo(nodes: readonly PrefixNode[], node: number): Generator<number> {
  for (let at = node; at >= 0; at = nodes[at]!.parent) yield at
}
