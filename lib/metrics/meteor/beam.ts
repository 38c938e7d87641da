/** The beam of METEOR's aligner: its best states so far. */

/** A partial alignment while the reference is walked through. */
export interface State {
  /** First word of the reference after the last match or skip. */
  at: number
  /** End of the last match in the hypothesis, -1 after a skip. */
  lastEnd: number
  /** What it is worth: more matched words, then fewer chunks. */
  worth: number
  /** Of equal worth the smaller is better. */
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

/** @param masks words of 32 bits that the states' `taken` holds */
export function createBeam(width: number, masks: number): Beam {
  return { size: 0, states: Array.from({ length: width }, () => createState(masks)) }
}

function createState(masks: number): State {
  return {
    at: 0,
    lastEnd: -1,
    worth: 0,
    distance: 0,
    choice: -1,
    taken: new Int32Array(masks),
  }
}

/**
 * Makes room for a state of this worth and distance.
 *
 * @returns the state to fill in; undefined where the beam is full of states that are at least as good
 */
export function admit(beam: Beam, worth: number, distance: number): State | undefined {
  const { states } = beam
  const isFull = beam.size === states.length
  if (isFull && !isWorse(states[beam.size - 1]!, worth, distance)) return undefined
  let place = isFull ? beam.size - 1 : beam.size++
  const state = states[place]!
  for (; place > 0 && isWorse(states[place - 1]!, worth, distance); place--)
    states[place] = states[place - 1]!
  states[place] = state
  return state
}

function isWorse(state: State, worth: number, distance: number): boolean {
  return state.worth < worth || (state.worth === worth && state.distance > distance)
}

export function copyState(from: State, to: State, masks: number): void {
  to.at = from.at
  to.lastEnd = from.lastEnd
  to.worth = from.worth
  to.distance = from.distance
  to.choice = from.choice
  for (let i = 0; i < masks; i++) to.taken[i] = from.taken[i]!
}
