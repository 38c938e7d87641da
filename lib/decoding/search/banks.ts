/**
 * Banks of beams. A plain beam search has one. A diverse search (Vijayakumar et al., 2018) has one for each group; a
 * constrained search (Anderson et al., EMNLP 2017) has one for each state of the automaton that tells which constraints a
 * caption has met.
 */
export interface Banks {
  readonly count: number
  /** Beams in each bank. */
  readonly width: number
  /** Banks where the search begins. */
  readonly starts: readonly number[]
  /** The bank of a caption of `bank` after one more word. */
  next(bank: number, word: number): number
  /** Words that may lead from one bank to another; they compete even where they are unlikely. */
  readonly switches: readonly number[]
  /** The penalty of a word for each earlier bank that chose it at the same step. */
  readonly repulsion: number
  /** Whether a caption of this bank may be the result. */
  accepts(bank: number): boolean
}

const always = () => true

/** One bank of `beam` beams: the reference's search. */
export function plainBanks(beam: number): Banks {
  return { count: 1, width: beam, starts: [0], next: () => 0, switches: [], repulsion: 0, accepts: always }
}

/** `groups` banks that share `beam` beams; words that earlier groups chose are penalised. */
export function diverseBanks(beam: number, groups: number, repulsion: number): Banks {
  const starts = Array.from({ length: groups }, (_, group) => group)
  const width = beam / groups
  return { count: groups, width, starts, next: (bank) => bank, switches: [], repulsion, accepts: always }
}

/** Most constraints of an image, as in nocaps. */
const mostConstraints = 3

/**
 * One bank for each set of constraints met, its bits the constraints. A constraint is met by any one of its words. Images
 * with fewer constraints have as many banks, so that slots of one size fit all. A result meets at least two of the
 * constraints, or the only one, as in nocaps (Agrawal et al., ICCV 2019).
 */
export function constrainedBanks(beam: number, constraints: readonly (readonly number[])[]): Banks {
  const bits = new Map<number, number>()
  constraints.forEach((words, i) => {
    for (const word of words) bits.set(word, (bits.get(word) ?? 0) | (1 << i))
  })
  const needed = Math.min(2, constraints.length)
  const met = (bank: number) => constraints.filter((_, i) => bank & (1 << i)).length
  return {
    count: 1 << mostConstraints,
    width: beam,
    starts: [0],
    next: (bank, word) => bank | (bits.get(word) ?? 0),
    switches: [...bits.keys()],
    repulsion: 0,
    accepts: (bank) => met(bank) >= needed,
  }
}
