/** Work that is begun before it is asked for, so that decoding one photograph overlaps with computing another. */

/**
 * Begins `work` on up to `count` items beyond the one that is used.
 *
 * @returns each item, in order, with the promise of its result; one that fails does so where it is awaited
 */
export async function* ahead<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  count: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<{ readonly item: Item; readonly result: Promise<Result> }> {
  const begun: { item: Item; result: Promise<Result> }[] = []
  for await (const item of items) {
    const result = work(item)
    result.catch(() => undefined) // thrown where it is awaited
    begun.push({ item, result })
    if (begun.length > count) yield begun.shift()!
  }
  yield* begun
}
