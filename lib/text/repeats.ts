/** Drops words that repeat the one before, as M2's evaluation does before all else: "on a a table" is "on a table". */
export const withoutRepeats = (words: readonly string[]): string[] =>
  words.filter((word, i) => word !== words[i - 1])
