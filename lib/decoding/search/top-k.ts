/** The best few of many candidates. */
/** One continuation: a beam (row), its next word, the score after it, and that word's log-probability. */
export interface Candidate {
  readonly row: number
  readonly word: number
  readonly score: number
  readonly logProb: number
  readonly priority: number
}

/**
 * The best `width` of the candidates offered, in order: the higher priority first; of equal ones the smaller index
 * of (row, word), as a stable sort of the flattened (rows, vocabulary) scores gives.
 */
export class TopK {
  readonly #entries: Candidate[] = []

  constructor(readonly width: number) {}

  clear(): void {
    this.#entries.length = 0
  }

  at(i: number): Candidate | undefined {
    return this.#entries[i]
  }

  offer(candidate: Candidate): void {
    let place = this.#entries.length
    while (place > 0 && beats(candidate, this.#entries[place - 1]!)) place--
    if (place === this.width) return
    if (this.#entries.length === this.width) this.#entries.pop()
    this.#entries.splice(place, 0, candidate)
  }
}

function beats({ row, word, priority }: Candidate, other: Candidate): boolean {
  if (priority !== other.priority) return priority > other.priority
  return row !== other.row ? row < other.row : word < other.word
}
