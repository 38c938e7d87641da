/** Repeated words: M2's evaluation first drops words equal to the one before them, "on a a table" is "on a table". */

export const withoutRepeats = (words: readonly string[]): string[] =>
  words.filter((word, i) => word !== words[i - 1])
