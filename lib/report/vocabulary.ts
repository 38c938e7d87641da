/** Statistics of the words in captions. */
/** Counts of the words in a list of captions. */
export interface WordStatistics {
  readonly captions: number
  readonly meanLength: number
  readonly shortest: number
  readonly longest: number
  readonly distinctWords: number
  readonly distinctBigrams: number
  readonly distinctTrigrams: number
  /** Share of captions that differ from all before them. */
  readonly distinctCaptions: number
}

export type Tokens = readonly string[]

export function wordStatistics(captions: readonly Tokens[]): WordStatistics {
  const lengths = captions.map(({ length }) => length)
  const most = (of: (a: number, b: number) => number) => lengths.reduce((a, b) => of(a, b), lengths[0] ?? 0)
  return {
    captions: captions.length,
    meanLength: lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, captions.length),
    shortest: most(Math.min),
    longest: most(Math.max),
    distinctWords: distinctNgrams(captions, 1),
    distinctBigrams: distinctNgrams(captions, 2),
    distinctTrigrams: distinctNgrams(captions, 3),
    distinctCaptions: new Set(captions.map((words) => words.join(' '))).size / Math.max(1, captions.length),
  }
}

function distinctNgrams(captions: readonly Tokens[], n: number): number {
  const seen = new Set<string>()
  for (const words of captions)
    for (let i = 0; i + n <= words.length; i++) seen.add(words.slice(i, i + n).join(' '))
  return seen.size
}

/** How often a word occurs per thousand words. */
export interface WordUse {
  readonly word: string
  readonly generated: number
  readonly references: number
}

/**
 * The words that a model uses more often, and less often, than people do: those whose counts differ most from one
 * common rate, by the log-likelihood ratio (Dunning, Computational Linguistics, 1993).
 */
export function wordUses(
  generated: readonly Tokens[],
  references: readonly Tokens[],
  most: number,
): { more: WordUse[]; less: WordUse[] } {
  const [own, theirs] = [countWords(generated), countWords(references)]
  const [all, others] = [totalOf(own), totalOf(theirs)]
  if (all === 0 || others === 0) return { more: [], less: [] }
  const uses = [...new Set([...own.keys(), ...theirs.keys()])].map((word) => {
    const [a, b] = [own.get(word) ?? 0, theirs.get(word) ?? 0]
    const rate = (a + b) / (all + others)
    const surprise = 2 * (part(a, rate * all) + part(b, rate * others))
    return { word, generated: (1000 * a) / all, references: (1000 * b) / others, surprise }
  })
  uses.sort((a, b) => b.surprise - a.surprise || (a.word < b.word ? -1 : 1))
  const significant = uses.filter(({ surprise }) => surprise > threshold)
  return {
    more: significant.filter((use) => use.generated > use.references).slice(0, most),
    less: significant.filter((use) => use.generated < use.references).slice(0, most),
  }
}

/** Chi-squared with one degree of freedom at p = 0.001. */
const threshold = 10.83

const part = (count: number, expected: number) => (count > 0 ? count * Math.log(count / expected) : 0)

function countWords(captions: readonly Tokens[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const word of captions.flat()) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

const totalOf = (counts: ReadonlyMap<string, number>) =>
  [...counts.values()].reduce((sum, count) => sum + count, 0)
