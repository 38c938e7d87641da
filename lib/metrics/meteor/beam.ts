/** A partial alignment while the reference is walked through. */
export interface State {
  /** First word of the reference after the last match or skip. */
  at: number
  /** End of the last match in the hypothesis, -1 after a skip. */
  lastEnd: number
  chunks: number
  matched: number
  otherMatched: number
  distance: number
  /** Place of its last match in the list of choices, -1 without any. */
  choice: number
  /** One bit a word of the reference, then of the hypothesis: taken by a match. */
  readonly taken: Int32Array
}

/** The best states of one step, best first; of equals, the one that came first. Its states are used again and again. */
export interface Beam {
  size: number
  readonly states: State[]
}

export function createBeam(width: number, words: number): Beam {
  const states = Array.from({ length: width }, () => createState(words))
  return { size: 0, states }
}

export function createState(words: number): State {
  return {
    at: 0,
    lastEnd: -1,
    chunks: 0,
    matched: 0,
    otherMatched: 0,
    distance: 0,
    choice: -1,
    taken: new Int32Array(words),
  }
}

/**
 * Makes room for a state of such worth.
 *
 * @returns the state to fill in; undefined where the beam is full of states that are no worse
 */
export function admit(beam: Beam, matched: number, chunks: number, distance: number): State | undefined {
  const { states } = beam
  let place = beam.size
  while (place > 0 && isWorse(states[place - 1]!, matched, chunks, distance)) place--
  if (place === states.length) return undefined
  if (beam.size < states.length) beam.size++
  const state = states[beam.size - 1]!
  states.copyWithin(place + 1, place, beam.size - 1)
  states[place] = state
  return state
}

function isWorse(state: State, matched: number, chunks: number, distance: number): boolean {
  const more = matched - (state.matched + state.otherMatched)
  if (more !== 0) return more > 0
  if (state.chunks !== chunks) return chunks < state.chunks
  return distance < state.distance
}

export function copyState(from: State, to: State): void {
  to.at = from.at
  to.lastEnd = from.lastEnd
  to.chunks = from.chunks
  to.matched = from.matched
  to.otherMatched = from.otherMatched
  to.distance = from.distance
  to.choice = from.choice
  to.taken.set(from.taken)
}
