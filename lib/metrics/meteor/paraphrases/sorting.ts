/** Sorts `values[start, end)` in place; most ranges are too short for the general sort to pay. */
export function sortRange(values: Float64Array, start: number, end: number): void {
  if (end - start > 40) {
    values.subarray(start, end).sort()
    return
  }
  for (let i = start + 1; i < end; i++) {
    const value = values[i]!
    let at = i
    for (; at > start && values[at - 1]! > value; at--) values[at] = values[at - 1]!
    values[at] = value
  }
}
