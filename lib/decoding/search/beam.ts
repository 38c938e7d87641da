/** Beam search over one image. */
import { special } from '../../model/config.js'
import type { Banks } from './banks.js'
import type { Forbids } from './rules.js'
import { Histories, type Choices, type Hypothesis, type Search } from './search.js'
import { TopK } from './top-k.js'

export interface BeamOptions {
  readonly banks: Banks
  readonly vocabularySize: number
  readonly maxLength: number
  /** How many hypotheses are wanted; the search stops when these cannot change any more. */
  readonly nBest: number
  /** alpha of Wu et al. (2016), eq. 14; 0 is the reference's plain sum of log-probabilities. */
  readonly lengthPenalty?: number
  readonly forbids?: Forbids | undefined
}

/**
 * Beam search, equal to the reference's where there is one bank and no rule: scores are sums of log-probabilities in
 * float32; the candidates of all beams compete; of equal ones the earlier beam wins, then the smaller word id; a beam that
 * has ended keeps its score and its place, and goes on with word 0 at no cost.
 *
 * The reference always runs all `maxLength` steps. Log-probabilities are never positive, so an open beam cannot
 * overtake one that has ended with a score at least as high: then the result is final, and the search stops. With a length
 * penalty alpha, the best that an open beam can still reach is its score at the full length where alpha > 0, and with one
 * more word where alpha < 0.
 */
export function beamSearch(options: BeamOptions): Search {
  const { banks, maxLength, nBest, lengthPenalty = 0, vocabularySize, forbids } = options
  const rows = banks.count * banks.width
  const bankOf = (row: number) => Math.floor(row / banks.width)
  const histories = new Histories(rows, maxLength)
  const words = new Int32Array(rows).fill(special.bos)
  const parents = Int32Array.from({ length: rows }, (_, row) => row)
  const logProbs = new Float32Array(rows)
  const best = new TopK(banks.width)
  let beams = emptyBeams(rows)
  let after = emptyBeams(rows)
  let step = 0
  for (const bank of banks.starts) beams.scores[bank * banks.width] = 0

  /** The score by which hypotheses compare. */
  const priority = (score: number, length: number) =>
    lengthPenalty === 0 ? score : score / ((5 + length) / 6) ** lengthPenalty

  /** Offers every continuation of a row that belongs to the bank `target`. */
  function expand(row: number, target: number, choices: Choices, taken: readonly number[]): void {
    const score = beams.scores[row]!
    const bank = bankOf(row)
    if (score === -Infinity) return
    if (beams.ended[row]) {
      if (bank === target)
        best.offer({ row, word: 0, score, logProb: 0, priority: priority(score, beams.lengths[row]!) })
      return
    }
    const past = histories.words(row, step)
    const offer = (word: number, logProb: number) => {
      if (banks.next(bank, word) !== target || forbids?.(past, word)) return
      const sum = Math.fround(score + logProb)
      const repelled =
        banks.repulsion === 0 ? 0 : banks.repulsion * taken.filter((other) => other === word).length
      best.offer({ row, word, score: sum, logProb, priority: priority(sum, step + 1) - repelled })
    }
    if (bank === target) {
      const first = row * choices.perRow
      for (let i = 0; i < choices.perRow; i++) offer(choices.ids[first + i]!, choices.logProbs[first + i]!)
    } else if (choices.all) {
      for (const word of banks.switches) offer(word, choices.all[row * vocabularySize + word]!)
    }
  }

  function advance(choices: Choices): boolean {
    const taken: number[] = []
    for (let bank = 0; bank < banks.count; bank++) {
      best.clear()
      for (let row = 0; row < rows; row++) expand(row, bank, choices, taken)
      for (let i = 0; i < banks.width; i++) {
        const row = bank * banks.width + i
        const candidate = best.at(i)
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

  /** Whether the nBest results are final. */
  function settled(): boolean {
    const length = lengthPenalty < 0 ? step + 1 : maxLength
    let open = -Infinity // what an open beam can still reach
    const done: number[] = []
    for (let row = 0; row < rows; row++) {
      const score = beams.scores[row]!
      if (score === -Infinity) continue
      if (!beams.ended[row]) open = Math.max(open, priority(score, length))
      else if (banks.accepts(bankOf(row))) done.push(priority(score, beams.lengths[row]!))
    }
    return open === -Infinity || done.filter((score) => score >= open).length >= nBest
  }

  function result(): Hypothesis[] {
    // Where the search stopped early the results have ended; the open beams could only do worse.
    const alive = Array.from(beams.scores.keys()).filter(
      (row) => beams.scores[row] !== -Infinity && (step === maxLength || beams.ended[row]),
    )
    const accepted = alive.filter((row) => banks.accepts(bankOf(row)))
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
