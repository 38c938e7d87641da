/** A lexer from regular expressions, linear in the length of the text. */

import { createAutomaton, dead, start, type Automaton } from './automaton.js'
import { parsePattern } from './pattern.js'

/** A rule: a regular expression (pattern.ts). Its look-ahead counts towards the length of the match. */
export interface LexerRule {
  readonly pattern: RegExp
}

/** A match: the token is `text.slice(from, end)`, without the look-ahead. */
export interface Lexeme<Rule> {
  readonly rule: Rule
  readonly end: number
}

/** Finds the lexeme that begins at `from`, if a rule matches there. */
export type Scan<Rule> = (from: number) => Lexeme<Rule> | undefined

/**
 * A lexer like those of lex: the rule with the longest match, look-ahead included, wins; of equally long matches the
 * first rule. Where a look-ahead could begin at several places the token is as long as possible. All rules run at once as
 * one automaton, and stretches that were scanned without a match are remembered, so that the time is proportional to the
 * length of the text (Reps, "Maximal-munch" tokenization in linear time, TOPLAS 1998).
 */
export function createLexer<Rule extends LexerRule>(rules: readonly Rule[]): (text: string) => Scan<Rule> {
  const parsed = rules.map(({ pattern: { source, ignoreCase: caseless } }) => {
    const { pattern, ahead } = parsePattern(source)
    const whole = ahead ? ({ kind: 'sequence', parts: [pattern, ahead] } as const) : pattern
    return { caseless, pattern, ahead, whole }
  })
  const automaton = createAutomaton(parsed.map(({ whole: pattern, caseless }) => ({ pattern, caseless })))
  const splits: (Split | undefined)[] = [] // by rule, built when first needed
  const splitOf = (rule: number): Split | undefined => {
    const { pattern, ahead, caseless } = parsed[rule]!
    if (ahead)
      splits[rule] ??= {
        token: createAutomaton([{ pattern, caseless }]),
        ahead: createAutomaton([{ pattern: ahead, caseless }]),
      }
    return splits[rule]
  }
  return (text) => {
    const vain = new Set<number>()
    const trail: number[] = []
    return (from) => {
      let found = -1
      let end = from
      let at = from
      trail.length = 0
      for (let state = start; at < text.length;) {
        state = automaton.next(state, text.charCodeAt(at++))
        if (state === dead) break
        const accepted = automaton.accepted(state)
        if (accepted === -1) {
          const place = at * maxStates + state
          if (vain.has(place)) break
          trail.push(place)
        } else {
          found = accepted
          end = at
          trail.length = 0
        }
      }
      if (trail.length > shortTrail) for (const place of trail) vain.add(place)
      const rule = rules[found]
      if (!rule) return undefined
      const split = splitOf(found)
      return { rule, end: split ? tokenEnd(split, text, from, end) : end }
    }
  }
}

/** A place is a position in the text and a state, packed into one number. */
const maxStates = 0x10000

/** Shorter trails are scanned again, which takes less time than remembering them. */
const shortTrail = 32

/** Separate automata for a rule's token and its look-ahead. */
interface Split {
  readonly token: Automaton
  readonly ahead: Automaton
}

/** Where the token ends in the match from `from` to `end`, which includes the look-ahead. */
function tokenEnd(split: Split, text: string, from: number, end: number): number {
  const ends: number[] = []
  let state = start
  for (let at = from; at < end && state !== dead;) {
    state = split.token.next(state, text.charCodeAt(at++))
    if (split.token.accepted(state) !== -1) ends.push(at)
  }
  return ends.findLast((at) => spans(split.ahead, text, at, end)) ?? end
}

function spans(automaton: Automaton, text: string, from: number, end: number): boolean {
  let state = start
  for (let at = from; at < end; at++) state = automaton.next(state, text.charCodeAt(at))
  return automaton.accepted(state) !== -1
}
