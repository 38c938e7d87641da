/** One assertion for numbers that should agree: it prints the distance, where it is, and both values. */
import type { Test } from 'tap'

/** Numbers to compare: one, or many in any array; a tensor gives its own by `dataSync`. */
export type Numbers = number | ArrayLike<number> | { dataSync(): ArrayLike<number> }

/**
 * Asserts that every number lies within `tolerance` of the one expected. NaN is near nothing.
 *
 * @param tolerance largest absolute distance that passes; 0 asks for equal numbers
 * @param what is compared, for the message
 * @param relative divides each distance by the largest magnitude expected, at least `floor`
 */
export function near(
  t: Test,
  found: Numbers,
  expected: Numbers,
  tolerance: number,
  what = 'values',
  { relative = false, floor = 1e-30 }: { relative?: boolean; floor?: number } = {},
): boolean {
  const [a, b] = [numbersOf(found), numbersOf(expected)]
  if (a.length !== b.length) return t.fail(`${what}: expected ${b.length} numbers, found ${a.length}`)
  const scale = relative ? Math.max(floor, ...largest(b)) : 1
  const { distance, at } = furthest(a, b)
  const values = a.length === 0 ? '' : ` at ${at} of ${a.length}: found ${a[at]}, expected ${b[at]}`
  const message = `${what}: distance ${(distance / scale).toPrecision(3)}, at most ${tolerance}${values}`
  return t.ok(distance / scale <= tolerance, message)
}

/** The largest distance, and where: the first NaN where only one of the two is, as infinitely far. */
function furthest(a: ArrayLike<number>, b: ArrayLike<number>): { distance: number; at: number } {
  let [distance, at] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    const one = a[i] === b[i] ? 0 : Math.abs(a[i]! - b[i]!)
    if (Number.isNaN(one)) return { distance: Infinity, at: i }
    if (one > distance) [distance, at] = [one, i]
  }
  return { distance, at }
}

/** The largest magnitude, in a list of one: none where there are no numbers. */
function largest(values: ArrayLike<number>): number[] {
  let most = 0
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!))
  return values.length === 0 ? [] : [most]
}

const numbersOf = (numbers: Numbers): ArrayLike<number> =>
  typeof numbers === 'number' ? [numbers] : 'dataSync' in numbers ? numbers.dataSync() : numbers
