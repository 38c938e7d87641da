/** A deterministic automaton over many patterns at once, built while a text is read. */

import type { Pattern } from './pattern.js'

/** A deterministic automaton. Its states, sets of positions in the patterns, are built when first reached. */
export interface Automaton {
  /** The number of states built; states are 0 (dead), 1 (start), ... */
  readonly size: number
  /** The state after reading a UTF-16 unit; 0 where no pattern continues. */
  next(state: number, unit: number): number
  /** The index of the first pattern that ends in a state; -1 if none does. */
  accepted(state: number): number
}

export const dead = 0
export const start = 1

/** @param patterns the patterns, the most important first; `caseless` ones match letters of either case */
export function createAutomaton(
  patterns: readonly { readonly pattern: Pattern; readonly caseless?: boolean }[],
): Automaton {
  const symbols = new Symbols()
  // Thompson's construction: a node reads one symbol and continues at `out`, or reads nothing and continues at `empties`.
  const reads: number[] = []
  const out: number[] = []
  const empties: number[][] = []
  const ends: number[] = []

  const node = (symbol = -1, to = -1, ...through: number[]) => {
    empties.push(through)
    out.push(to)
    ends.push(-1)
    return reads.push(symbol) - 1
  }

  /** Adds a pattern that continues at node `to`; returns its first node. */
  function add(pattern: Pattern, to: number, caseless: boolean): number {
    if (pattern.kind === 'symbol') return node(symbols.add(pattern.source, caseless), to)
    if (pattern.kind === 'sequence')
      return pattern.parts.reduceRight((after, part) => add(part, after, caseless), to)
    if (pattern.kind === 'choice')
      return node(-1, -1, ...pattern.parts.map((part) => add(part, to, caseless)))
    const { part, min, max } = pattern
    let first = to
    if (max === Infinity) {
      first = node(-1, -1, to)
      empties[first]?.push(add(part, first, caseless))
    } else for (let i = min; i < max; i++) first = node(-1, -1, to, add(part, first, caseless))
    for (let i = 0; i < min; i++) first = add(part, first, caseless)
    return first
  }

  const first = patterns.map(({ pattern, caseless }, index) => {
    const end = node()
    ends[end] = index
    return add(pattern, end, caseless === true)
  })
  if (reads.length > 0x10000)
    throw new RangeError(`the patterns have ${reads.length} positions, more than 65536`)

  const known = new Map<string, number>() // the states by their positions, as text
  const positions: Uint16Array[] = []
  const acceptances: number[] = []
  let table = new Int32Array(64 * stride).fill(unseen)
  const reaches: number[][] = [] // by node, computed when first needed
  const visits = new Int32Array(reads.length) // by node: the last visit that reached it
  let visit = 0

  /** A node and the nodes that empty steps reach from it, of those that read a symbol or end a pattern. */
  function reachOf(node: number): readonly number[] {
    let reached = reaches[node]
    if (reached) return reached
    reached = reaches[node] = []
    visit++
    const pending = [node]
    for (let at; (at = pending.pop()) !== undefined;) {
      if (visits[at] === visit) continue
      visits[at] = visit
      if (reads[at] !== -1 || ends[at] !== -1) reached.push(at)
      for (const through of empties[at]!) pending.push(through)
    }
    return reached
  }

  /** The state for a set of nodes and the nodes that empty steps reach from them. */
  function stateOf(nodes: readonly number[]): number {
    const parts = nodes.map(reachOf)
    const kept: number[] = []
    visit++
    for (const part of parts)
      for (const at of part) {
        if (visits[at] === visit) continue
        visits[at] = visit
        kept.push(at)
      }
    const sorted = new Uint16Array(kept).sort()
    const key = Buffer.from(sorted.buffer).toString('latin1')
    const existing = known.get(key)
    if (existing !== undefined) return existing
    const state = positions.push(sorted) - 1
    known.set(key, state)
    let first = -1
    for (const at of sorted) first = earlier(first, ends[at]!)
    acceptances.push(first)
    if (positions.length * stride > table.length) {
      const larger = new Int32Array(2 * table.length).fill(unseen)
      larger.set(table)
      table = larger
    }
    return state
  }
  stateOf([])
  stateOf(first)

  function extend(state: number, kind: number): number {
    const members = symbols.membersOf(kind)
    const nodes: number[] = []
    for (const at of positions[state]!) if (members[reads[at]!] === 1) nodes.push(out[at]!)
    const next = stateOf(nodes)
    table[state * stride + kind] = next
    return next
  }

  return {
    get size() {
      return positions.length
    },
    next(state, unit) {
      const kind = symbols.kindOf(unit)
      const next = table[state * stride + kind] ?? unseen
      return next === unseen ? extend(state, kind) : next
    },
    accepted: (state) => acceptances[state] ?? -1,
  }
}

const unseen = -1
const stride = 256
const earlier = (a: number, b: number) => (a === -1 ? b : b === -1 ? a : Math.min(a, b))

/** The symbols of all patterns, and the kinds of characters that they distinguish, found as characters occur. */
class Symbols {
  readonly #matchers: RegExp[] = []
  readonly #indices = new Map<string, number>()
  readonly #kinds = new Map<string, number>()
  readonly #members: Uint8Array[] = []
  readonly #kindOf = new Int16Array(0x10000).fill(-1)

  add(source: string, caseless: boolean): number {
    const key = `${caseless ? 'i' : ''}/${source}`
    const index = this.#indices.get(key) ?? this.#matchers.length
    if (index === this.#matchers.length) {
      this.#indices.set(key, index)
      this.#matchers.push(new RegExp(`^${source}$`, caseless ? 'iu' : 'u'))
    }
    return index
  }

  /** For each symbol: 1 if it matches characters of that kind. */
  membersOf(kind: number): Uint8Array {
    return this.#members[kind]!
  }

  kindOf(unit: number): number {
    const kind = this.#kindOf[unit] ?? -1
    return kind === -1 ? this.#classify(unit) : kind
  }

  #classify(unit: number): number {
    const character = String.fromCharCode(unit)
    const members = Uint8Array.from(this.#matchers, (matcher) => Number(matcher.test(character)))
    const key = members.join('')
    const kind = this.#kinds.get(key) ?? this.#members.push(members) - 1
    if (kind >= stride)
      throw new RangeError(`the patterns tell more than ${stride} kinds of characters apart`)
    this.#kinds.set(key, kind)
    this.#kindOf[unit] = kind
    return kind
  }
}
