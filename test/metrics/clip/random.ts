/** Numbers between -1 and 1, the same from the same seed (a linear congruential generator). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 30 - 1
}
