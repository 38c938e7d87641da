import { admit, copyState, createBeam, createState, type Beam, type State } from './beam.js'
import type { Matches } from './matcher.js'

/** The matches chosen for two lines, none covering a word twice, by their start in the reference. */
export interface Alignment {
  count: number
  /** Matches, by number. */
  chosen: Int32Array
  /** Runs of matches that follow one another in both lines. */
  chunks: number
}

export interface Aligner {
  /** The best choice among the matches of two lines; valid until the next call. */
  align(matches: Matches, length: number, otherLength: number): Alignment
}

const beamWidth = 40
// What a matched word counts for while aligning, by module; sums are cut to whole numbers after each match.
const weights = [1, 0.5, 0.5, 0.5]

/**
 * METEOR 1.5's aligner: a start with a single match that nothing else competes with is settled at once; the others
 * are decided by a beam search over the reference, which wants most matched words of both lines, then fewest chunks,
 * then the smallest sum of distances between the starts.
 *
 * One quirk is the jar's and is kept: when a state of the beam branches, the distance is added to the parent, so that
 * a branch does not pay for itself but for its elder brothers, and the branch without a match for all of them.
 */
export function createAligner(): Aligner {
  const alignment: Alignment = { count: 0, chosen: new Int32Array(64), chunks: 0 }
  let settled = new Int32Array(64) // by start: the one match there, or -1
  let cover = new Int32Array(64) // by word of the reference: matches that cover it
  let otherCover = new Int32Array(64)
  let choices = new Int32Array(512) // match and the choice before it
  let choiceCount = 0
  let masks = 0 // words of 32 bits that the reference's bits take
  let width = 4
  let current = createBeam(beamWidth, width)
  let coming = createBeam(beamWidth, width)
  let scratch = createState(width)

  return {
    align(matches, length, otherLength) {
      makeRoom(length, otherLength)
      alignment.count = 0
      if (settle(matches, length, otherLength)) {
        for (let i = 0; i < length; i++)
          if (settled[i]! >= 0) alignment.chosen[alignment.count++] = settled[i]!
      } else unwind(searchBest(matches, length))
      alignment.chunks = countChunks(alignment, matches)
      return alignment
    },
  }

  function makeRoom(length: number, otherLength: number): void {
    if (settled.length < length) {
      settled = new Int32Array(2 * length)
      cover = new Int32Array(2 * length)
      alignment.chosen = new Int32Array(2 * length)
    }
    if (otherCover.length < otherLength) otherCover = new Int32Array(2 * otherLength)
    masks = (length + 31) >>> 5
    const needed = masks + ((otherLength + 31) >>> 5)
    if (needed <= width) return
    width = 2 * needed
    current = createBeam(beamWidth, width)
    coming = createBeam(beamWidth, width)
    scratch = createState(width)
  }

  /** Fixes the matches without a rival. @returns whether that leaves nothing to decide */
  function settle(matches: Matches, length: number, otherLength: number): boolean {
    cover.fill(0, 0, length)
    otherCover.fill(0, 0, otherLength)
    for (let m = 0; m < matches.count; m++) {
      for (let i = 0; i < matches.length[m]!; i++) cover[matches.start[m]! + i]!++
      for (let i = 0; i < matches.otherLength[m]!; i++) otherCover[matches.otherStart[m]! + i]!++
    }
    let decided = true
    for (let i = 0; i < length; i++) {
      const m = matches.first[i]!
      settled[i] = m >= 0 && matches.next[m]! < 0 && isAlone(matches, m) ? m : -1
      if (m !== settled[i]) decided = false
    }
    return decided
  }

  function isAlone(matches: Matches, m: number): boolean {
    for (let i = 0; i < matches.length[m]!; i++) if (cover[matches.start[m]! + i] !== 1) return false
    for (let i = 0; i < matches.otherLength[m]!; i++)
      if (otherCover[matches.otherStart[m]! + i] !== 1) return false
    return true
  }

  function searchBest(matches: Matches, length: number): State {
    choiceCount = 0
    current.size = 1
    start(current.states[0]!, matches, length)
    for (let i = 0; i < length; i++) {
      coming.size = 0
      for (let rank = 0; rank < current.size; rank++) {
        const state = current.states[rank]!
        if (!isTaken(state, i)) branch(state, i, matches, coming)
        else if (i < state.at) keep(state, coming)
        else if (settled[i]! >= 0) {
          advance(state, settled[i]!, matches)
          state.distance += Math.abs(i - matches.otherStart[settled[i]!]!)
          keep(state, coming)
        }
      }
      if (coming.size === 0) break
      ;[current, coming] = [coming, current]
    }
    coming.size = 0
    for (let rank = 0; rank < current.size; rank++) {
      const state = current.states[rank]!
      if (state.lastEnd >= 0) state.chunks++
      keep(state, coming)
    }
    return coming.states[0]!
  }

  function start(state: State, matches: Matches, length: number): void {
    copyState(createState(width), state)
    for (let i = 0; i < length; i++) if (settled[i]! >= 0) take(state, settled[i]!, matches)
  }

  /** A state for each match that may start here, and one without. */
  function branch(state: State, i: number, matches: Matches, to: Beam): void {
    for (let m = matches.first[i]!; m >= 0; m = matches.next[m]!) {
      if (!isFree(state, m, matches)) continue
      copyState(state, scratch)
      take(scratch, m, matches)
      advance(scratch, m, matches)
      keep(scratch, to)
      state.distance += Math.abs(i - matches.otherStart[m]!)
    }
    if (state.lastEnd >= 0) state.chunks++
    state.lastEnd = -1
    state.at++
    keep(state, to)
  }

  function keep(state: State, beam: Beam): void {
    const room = admit(beam, state.matched + state.otherMatched, state.chunks, state.distance)
    if (room) copyState(state, room)
  }

  function advance(state: State, m: number, matches: Matches): void {
    const weight = weights[matches.module[m]!]!
    state.matched = Math.trunc(state.matched + matches.length[m]! * weight)
    state.otherMatched = Math.trunc(state.otherMatched + matches.otherLength[m]! * weight)
    if (state.lastEnd >= 0 && matches.otherStart[m] !== state.lastEnd) state.chunks++
    state.at = matches.start[m]! + matches.length[m]!
    state.lastEnd = matches.otherStart[m]! + matches.otherLength[m]!
    if (2 * choiceCount === choices.length) {
      const larger = new Int32Array(2 * choices.length)
      larger.set(choices)
      choices = larger
    }
    choices[2 * choiceCount] = m
    choices[2 * choiceCount + 1] = state.choice
    state.choice = choiceCount++
  }

  function unwind(state: State): void {
    for (let c = state.choice; c >= 0; c = choices[2 * c + 1]!)
      alignment.chosen[alignment.count++] = choices[2 * c]!
    alignment.chosen.subarray(0, alignment.count).reverse()
  }

  function isTaken({ taken }: State, i: number): boolean {
    return (taken[i >>> 5]! & (1 << (i & 31))) !== 0
  }

  function isFree({ taken }: State, m: number, matches: Matches): boolean {
    for (let i = matches.start[m]!, end = i + matches.length[m]!; i < end; i++)
      if (taken[i >>> 5]! & (1 << (i & 31))) return false
    for (let i = matches.otherStart[m]!, end = i + matches.otherLength[m]!; i < end; i++)
      if (taken[masks + (i >>> 5)]! & (1 << (i & 31))) return false
    return true
  }

  function take({ taken }: State, m: number, matches: Matches): void {
    for (let i = matches.start[m]!, end = i + matches.length[m]!; i < end; i++)
      taken[i >>> 5]! |= 1 << (i & 31)
    for (let i = matches.otherStart[m]!, end = i + matches.otherLength[m]!; i < end; i++)
      taken[masks + (i >>> 5)]! |= 1 << (i & 31)
  }
}

function countChunks({ chosen, count }: Alignment, matches: Matches): number {
  let chunks = 0
  let end = -1
  let otherEnd = -1
  for (let i = 0; i < count; i++) {
    const m = chosen[i]!
    if (matches.start[m] !== end || matches.otherStart[m] !== otherEnd) chunks++
    end = matches.start[m]! + matches.length[m]!
    otherEnd = matches.otherStart[m]! + matches.otherLength[m]!
  }
  return chunks
}
