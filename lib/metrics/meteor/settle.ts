/** Finds the matches that compete with no other, so that the aligner need not search. */
import type { Matches } from './matcher.js'

export interface Settler {
  /**
   * Fixes the matches without a rival: alone at their start, and of words that no other match covers.
   *
   * @returns by start the match that is fixed there, -1 for none, valid until the next call; and whether that is all,
   *   so that nothing is left to decide
   */
  settle(matches: Matches, length: number, otherLength: number): { settled: Int32Array; isAll: boolean }
}

export function createSettler(): Settler {
  let settled = new Int32Array(64)
  let cover = new Int32Array(64) // by word of the reference: matches that cover it
  let otherCover = new Int32Array(64)

  return {
    settle(matches, length, otherLength) {
      if (settled.length < length) {
        settled = new Int32Array(2 * length)
        cover = new Int32Array(2 * length)
      }
      if (otherCover.length < otherLength) otherCover = new Int32Array(2 * otherLength)
      cover.fill(0, 0, length)
      otherCover.fill(0, 0, otherLength)
      for (let m = 0; m < matches.count; m++) {
        for (let i = 0; i < matches.length[m]!; i++) cover[matches.start[m]! + i]!++
        for (let i = 0; i < matches.otherLength[m]!; i++) otherCover[matches.otherStart[m]! + i]!++
      }
      let isAll = true
      for (let i = 0; i < length; i++) {
        const m = matches.first[i]!
        settled[i] = m >= 0 && matches.next[m]! < 0 && isAlone(matches, m) ? m : -1
        if (m !== settled[i]) isAll = false
      }
      return { settled, isAll }
    },
  }

  function isAlone(matches: Matches, m: number): boolean {
    for (let i = 0; i < matches.length[m]!; i++) if (cover[matches.start[m]! + i] !== 1) return false
    for (let i = 0; i < matches.otherLength[m]!; i++)
      if (otherCover[matches.otherStart[m]! + i] !== 1) return false
    return true
  }
}
