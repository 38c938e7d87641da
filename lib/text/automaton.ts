import type { Pattern } from './pattern.js'

/** A deterministic automaton built as the text asks for it: states are sets of positions in the patterns. */
export interface Automaton {
  /** The number of states so far; states are 0 (dead), 1 (start), ... */
  readonly size: number
  /** The state after reading a UTF-16 unit; 0 when no pattern goes on. */
  next(state: number, unit: number): number
  /** The index of the first pattern that ends in a state; -1 if none does. */
  accepted(state: number): number
}

export const dead = 0
export const start = 1

/** @param patterns what is matched, the most important first; `caseless` ones match letters of either case */
export function createAutomaton(
  patterns: readonly { readonly pattern: Pattern; readonly caseless?: boolean }[],
): Automaton {
  const symbols = new Symbols()
  // Thompson's construction: a node reads one symbol and goes on to `out`, or is empty and goes on to all of `empties`.
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

  /** Adds a pattern whose end goes on to node `to`; returns its first node. */
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

  const known = new Map<string, number>()
  const positions: number[][] = []
  const acceptances: number[] = []
  let table = new Int32Array(64 * stride).fill(unseen)

  /** The state of a set of nodes and of all that empty steps reach from them. */
  function stateOf(nodes: readonly number[]): number {
    const reached = new Set<number>()
    const pending = [...nodes]
    for (let at; (at = pending.pop()) !== undefined;) {
      if (reached.has(at)) continue
      reached.add(at)
      for (const through of empties[at] ?? []) pending.push(through)
    }
    const kept = [...reached].filter((at) => reads[at] !== -1 || ends[at] !== -1).sort((a, b) => a - b)
    const key = kept.join()
    const existing = known.get(key)
    if (existing !== undefined) return existing
    const state = positions.push(kept) - 1
    known.set(key, state)
    acceptances.push(kept.reduce((best, at) => earlier(best, ends[at] ?? -1), -1))
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
    const nodes = (positions[state] ?? []).filter((at) => symbols.includes(reads[at] ?? -1, kind))
    const next = stateOf(nodes.map((at) => out[at] ?? -1))
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

/** The symbols of all patterns, and the kinds of characters they tell apart (found as characters turn up). */
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

  includes(symbol: number, kind: number): boolean {
    return symbol !== -1 && this.#members[kind]?.[symbol] === 1
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
