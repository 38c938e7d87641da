import { special } from '../../model/config.js'
import type { Cells } from './banks.js'
import { Ranking } from './top-k.js'
import type { Forbids } from './rules.js'
import { Histories, type Choices, type Hypothesis, type Search } from './search.js'

export interface BeamOptions {
  readonly cells: Cells
  readonly vocabularySize: number
  readonly maxLength: number
  /** How many hypotheses are wanted; the search stops once these can change no more. */
  readonly nBest: number
  /** alpha of Wu et al. (2016), eq. 14; 0 is the reference's plain sum of log-probabilities. */
  readonly lengthPenalty?: number
  readonly forbids?: Forbids | undefined
}

/**
 * Beam search over one image, equal to the reference's where there is one cell and no rule: the sum of
 * log-probabilities in float32; the candidates of all beams compete; of equal ones the earlier beam wins, then the
 * smaller word id; a beam that has ended keeps its score and its place, and goes on with word 0 at no cost.
 *
 * The reference always runs all `maxLength` steps. Log-probabilities are never positive, so an open beam cannot
 * overtake one that has ended with a score at least as high: there the result stands, and the search stops.
 */
export function beamSearch(options: BeamOptions): Search {
  const { cells, maxLength, nBest, lengthPenalty = 0, vocabularySize, forbids } = options
  const rows = cells.count * cells.width
  const cellOf = (row: number) => Math.floor(row / cells.width)
  const histories = new Histories(rows, maxLength)
  const words = new Int32Array(rows).fill(special.bos)
  const parents = Int32Array.from({ length: rows }, (_, row) => row)
  const logProbs = new Float32Array(rows)
  const ranking = new Ranking(cells.width)
  let beams = emptyBeams(rows)
  let after = emptyBeams(rows)
  let step = 0
  for (const cell of cells.starts) beams.scores[cell * cells.width] = 0

  /** The score by which hypotheses compare. */
  const priority = (score: number, length: number) =>
    lengthPenalty === 0 ? score : score / ((5 + length) / 6) ** lengthPenalty

  /** Offers all that a row can become in the cell `target`. */
  function expand(row: number, target: number, choices: Choices, taken: readonly number[]): void {
    const score = beams.scores[row]!
    const cell = cellOf(row)
    if (score === -Infinity) return
    if (beams.ended[row]) {
      if (cell === target) ranking.offer(row, 0, score, 0, priority(score, beams.lengths[row]!))
      return
    }
    const past = histories.words(row, step)
    const offer = (word: number, logProb: number) => {
      if (cells.next(cell, word) !== target || forbids?.(past, word)) return
      const sum = Math.fround(score + logProb)
      const repelled =
        cells.repulsion === 0 ? 0 : cells.repulsion * taken.filter((other) => other === word).length
      ranking.offer(row, word, sum, logProb, priority(sum, step + 1) - repelled)
    }
    if (cell === target) {
      const first = row * choices.perRow
      for (let i = 0; i < choices.perRow; i++) offer(choices.ids[first + i]!, choices.logProbs[first + i]!)
    } else if (choices.all) {
      for (const word of cells.switches) offer(word, choices.all[row * vocabularySize + word]!)
    }
  }

  function advance(choices: Choices): boolean {
    const taken: number[] = []
    for (let cell = 0; cell < cells.count; cell++) {
      ranking.clear()
      for (let row = 0; row < rows; row++) expand(row, cell, choices, taken)
      for (let i = 0; i < cells.width; i++) {
        const row = cell * cells.width + i
        const candidate = ranking.at(i)
        const wasEnded = candidate !== undefined && beams.ended[candidate.row] === 1
        parents[row] = candidate?.row ?? row
        words[row] = candidate?.word ?? 0
        logProbs[row] = candidate?.logProb ?? 0
        after.scores[row] = candidate?.score ?? -Infinity
        after.ended[row] = wasEnded || candidate?.word === special.eos ? 1 : 0
        after.lengths[row] = wasEnded ? beams.lengths[candidate.row]! : step + 1
        if (candidate && !wasEnded) taken.push(candidate.word)
      }
    }
    histories.extend(step, parents, words, logProbs)
    ;[beams, after] = [after, beams]
    step++
    return step === maxLength || settled()
  }

  /** Whether the nBest results can change no more. */
  function settled(): boolean {
    let open = -Infinity // what an open beam can still reach
    const done: number[] = []
    for (let row = 0; row < rows; row++) {
      const score = beams.scores[row]!
      if (score === -Infinity) continue
      if (!beams.ended[row]) open = Math.max(open, priority(score, maxLength))
      else if (cells.accepts(cellOf(row))) done.push(priority(score, beams.lengths[row]!))
    }
    return open === -Infinity || done.filter((score) => score >= open).length >= nBest
  }

  function result(): Hypothesis[] {
    const alive = Array.from(beams.scores.keys()).filter((row) => beams.scores[row] !== -Infinity)
    const accepted = alive.filter((row) => cells.accepts(cellOf(row)))
    return (accepted.length > 0 ? accepted : alive)
      .map((row) => ({ row, value: priority(beams.scores[row]!, beams.lengths[row]!) }))
      .sort((a, b) => b.value - a.value || a.row - b.row)
      .slice(0, nBest)
      .map(({ row }) => histories.hypothesis(row, step, beams.scores[row]!))
  }

  return { rows, words, parents, advance, result }
}

/** Scores (-Infinity where there is no beam), whether a beam has ended, and its length with `<eos>`. */
function emptyBeams(rows: number) {
  return {
    scores: new Float32Array(rows).fill(-Infinity),
    ended: new Uint8Array(rows),
    lengths: new Int32Array(rows),
  }
}
