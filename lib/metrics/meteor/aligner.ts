/** METEOR's aligner: which of the matches of two lines to choose. */
import { admit, copyState, createBeam, type State } from './beam.js'
import type { Matches } from './matcher.js'
import { createSettler } from './settle.js'

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
// What a matched word counts for while aligning, by module; the jar cuts each line's part of a match to a whole number.
const weights = [1, 0.5, 0.5, 0.5]

/**
 * METEOR 1.5's aligner: a start with a single match that nothing else competes with is settled at once; the others
 * are decided by a beam search over the reference, which wants most matched words of both lines, then fewest chunks,
 * then the smallest sum of distances between the starts.
 *
 * One quirk is the jar's and is kept: when a state of the beam branches, the distance is added to the parent, so that
 * a branch carries the distances of the branches made before it, but not its own, and the branch without a match carries all
 * of them.
 */
export function createAligner(): Aligner {
  const alignment: Alignment = { count: 0, chosen: new Int32Array(64), chunks: 0 }
  const settler = createSettler()
  let settled: Int32Array = new Int32Array(0) // by start: the one match there, or -1
  let choices = new Int32Array(512) // match and the choice before it
  let choiceCount = 0
  let room = 4 // words of 32 bits in the masks of the beams
  let current = createBeam(beamWidth, room)
  let coming = createBeam(beamWidth, room)
  let split = 0 // words of 32 bits for the reference; those for the hypothesis follow
  let masks = 0
  let covers = new Int32Array(1024) // by match: a bit a word that it covers, as in the states' masks
  let gains = new Int32Array(512) // by match: what it adds to a state's worth

  return {
    align(matches, length, otherLength) {
      makeRoom(length, otherLength)
      alignment.count = 0
      const sure = settler.settle(matches, length, otherLength)
      settled = sure.settled
      if (sure.isAll) {
        for (let i = 0; i < length; i++)
          if (settled[i]! >= 0) alignment.chosen[alignment.count++] = settled[i]!
      } else unwind(searchBest(matches, length))
      alignment.chunks = countChunks(alignment, matches)
      return alignment
    },
  }

  function makeRoom(length: number, otherLength: number): void {
    if (alignment.chosen.length < length) alignment.chosen = new Int32Array(2 * length)
    split = (length + 31) >>> 5
    masks = split + ((otherLength + 31) >>> 5)
    if (masks <= room) return
    room = 2 * masks
    current = createBeam(beamWidth, room)
    coming = createBeam(beamWidth, room)
  }

  /** One matched word more is worth more than any number of chunks. */
  function weigh(matches: Matches, length: number): void {
    if (gains.length < matches.count) gains = new Int32Array(2 * matches.count)
    if (covers.length < matches.count * masks) covers = new Int32Array(2 * matches.count * masks)
    covers.fill(0, 0, matches.count * masks)
    for (let m = 0; m < matches.count; m++) {
      const weight = weights[matches.module[m]!]!
      const gain = Math.trunc(matches.length[m]! * weight) + Math.trunc(matches.otherLength[m]! * weight)
      gains[m] = gain * (length + 1)
      for (let i = matches.start[m]!, end = i + matches.length[m]!; i < end; i++)
        covers[m * masks + (i >>> 5)]! |= 1 << (i & 31)
      for (let i = matches.otherStart[m]!, end = i + matches.otherLength[m]!; i < end; i++)
        covers[m * masks + split + (i >>> 5)]! |= 1 << (i & 31)
    }
  }

  function searchBest(matches: Matches, length: number): State {
    weigh(matches, length)
    choiceCount = 0
    current.size = 1
    start(current.states[0]!, length)
    for (let i = 0; i < length; i++) {
      coming.size = 0
      for (let rank = 0; rank < current.size; rank++) {
        const state = current.states[rank]!
        if ((state.taken[i >>> 5]! & (1 << (i & 31))) === 0) branch(state, i, matches)
        else if (i < state.at) keep(state)
        else if (settled[i]! >= 0) {
          advance(state, settled[i]!, matches)
          state.distance += Math.abs(i - matches.otherStart[settled[i]!]!)
          keep(state)
        }
      }
      if (coming.size === 0) break
      ;[current, coming] = [coming, current]
    }
    coming.size = 0
    for (let rank = 0; rank < current.size; rank++) {
      breakChunk(current.states[rank]!)
      keep(current.states[rank]!)
    }
    return coming.states[0]!
  }

  function start(state: State, length: number): void {
    state.at = state.worth = state.distance = 0
    state.lastEnd = state.choice = -1
    state.taken.fill(0, 0, masks)
    for (let i = 0; i < length; i++) if (settled[i]! >= 0) take(state, settled[i]!)
  }

  /** A state for each match that may start here, and one without. */
  function branch(state: State, i: number, matches: Matches): void {
    const { first, next, otherStart } = matches
    for (let m = first[i]!; m >= 0; m = next[m]!) {
      if (!isFree(state, m)) continue
      const child = admit(coming, state.worth + gains[m]! - breaks(state, otherStart[m]!), state.distance)
      if (child) {
        copyState(state, child, masks)
        take(child, m)
        advance(child, m, matches)
      }
      state.distance += Math.abs(i - otherStart[m]!)
    }
    breakChunk(state)
    state.at++
    keep(state)
  }

  function keep(state: State): void {
    const place = admit(coming, state.worth, state.distance)
    if (place) copyState(state, place, masks)
  }

  /** How many chunks end when a match starts there. */
  function breaks({ lastEnd }: State, otherStart: number): number {
    return lastEnd >= 0 && lastEnd !== otherStart ? 1 : 0
  }

  function breakChunk(state: State): void {
    if (state.lastEnd >= 0) state.worth--
    state.lastEnd = -1
  }

  function advance(state: State, m: number, matches: Matches): void {
    state.worth += gains[m]! - breaks(state, matches.otherStart[m]!)
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

  function isFree({ taken }: State, m: number): boolean {
    for (let i = 0; i < masks; i++) if (taken[i]! & covers[m * masks + i]!) return false
    return true
  }

  function take({ taken }: State, m: number): void {
    for (let i = 0; i < masks; i++) taken[i]! |= covers[m * masks + i]!
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
