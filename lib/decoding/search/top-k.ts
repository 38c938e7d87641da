/** One way to go on: a beam (row), its next word, the score after it, and that word's log-probability. */
export interface Candidate {
  row: number
  word: number
  score: number
  logProb: number
  priority: number
}

/**
 * The best `width` of the candidates offered, in order: the higher priority first; of equal ones the smaller index
 * of (row, word), as a stable sort of the flattened (rows, vocabulary) scores gives.
 */
export class Ranking {
  readonly #entries: Candidate[] = []
  #size = 0

  constructor(readonly width: number) {}

  clear(): void {
    this.#size = 0
  }

  at(i: number): Candidate | undefined {
    return i < this.#size ? this.#entries[i] : undefined
  }

  offer(row: number, word: number, score: number, logProb: number, priority: number): void {
    let place = this.#size
    while (place > 0 && beats(row, word, priority, this.#entries[place - 1]!)) place--
    if (place === this.width) return
    // The last entry is free, or falls off the end: its object serves again.
    const free = this.#size < this.width ? this.#size++ : this.width - 1
    const entry = this.#entries[free] ?? { row, word, score, logProb, priority }
    Object.assign(entry, { row, word, score, logProb, priority })
    this.#entries.copyWithin(place + 1, place, free)
    this.#entries[place] = entry
  }
}

function beats(row: number, word: number, priority: number, other: Candidate): boolean {
  if (priority !== other.priority) return priority > other.priority
  return row !== other.row ? row < other.row : word < other.word
}
