/**
 * A beam search keeps its beams in cells. The plain search has one. A diverse search (Vijayakumar et al., 2018) has
 * one for each group; a constrained search (Anderson et al., EMNLP 2017) has one for each state of the automaton
 * that tells which constraints a caption has met.
 */
export interface Cells {
  readonly count: number
  /** Beams in each cell. */
  readonly width: number
  /** Cells where the search begins. */
  readonly starts: readonly number[]
  /** The cell a caption in `cell` is in after one more word. */
  next(cell: number, word: number): number
  /** Words that may lead from one cell to another: these compete even when they are unlikely. */
  readonly switches: readonly number[]
  /** How much a cell's choice of a word that cells before it chose at the same step is held against it, each. */
  readonly repulsion: number
  /** Whether a caption of this cell may be the result. */
  accepts(cell: number): boolean
}

const always = () => true

/** One cell of `beam` beams: the reference's search. */
export function plainCells(beam: number): Cells {
  return { count: 1, width: beam, starts: [0], next: () => 0, switches: [], repulsion: 0, accepts: always }
}

/** `groups` cells that share `beam` beams, each kept from what the groups before it chose. */
export function diverseCells(beam: number, groups: number, repulsion: number): Cells {
  const starts = Array.from({ length: groups }, (_, group) => group)
  const width = beam / groups
  return { count: groups, width, starts, next: (cell) => cell, switches: [], repulsion, accepts: always }
}

/** Constraints of an image at most, as in nocaps. */
const mostConstraints = 3

/**
 * One cell for each set of constraints met, its bits the constraints. A constraint is met by any one of its words.
 * Images with fewer constraints have as many cells, so that all fit into slots of one size. A result meets at least two of the constraints, or the one there is, as in nocaps (Agrawal et al., ICCV 2019).
 */
export function constrainedCells(beam: number, constraints: readonly (readonly number[])[]): Cells {
  const bits = new Map<number, number>()
  constraints.forEach((words, i) => {
    for (const word of words) bits.set(word, (bits.get(word) ?? 0) | (1 << i))
  })
  const needed = Math.min(2, constraints.length)
  const met = (cell: number) => constraints.filter((_, i) => cell & (1 << i)).length
  return {
    count: 1 << mostConstraints,
    width: beam,
    starts: [0],
    next: (cell, word) => cell | (bits.get(word) ?? 0),
    switches: [...bits.keys()],
    repulsion: 0,
    accepts: (cell) => met(cell) >= needed,
  }
}
