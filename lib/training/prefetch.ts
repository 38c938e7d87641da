/**
 * Reads what belongs to each item, the next one's while the one before is worked on.
 *
 * @param failed called where a read failed, when it is that item's turn and before the error is thrown
 */
export async function* prefetch<Item, Read>(
  items: readonly Item[],
  read: (item: Item) => Promise<Read>,
  failed: () => Promise<unknown> = async () => undefined,
): AsyncGenerator<[Item, Read]> {
  const start = (index: number) => {
    if (index >= items.length) return undefined
    const reading = read(items[index]!)
    reading.catch(() => undefined) // reported when it is its turn
    return reading
  }
  let next = start(0)
  try {
    for (const [i, item] of items.entries()) {
      let ready
      try {
        ready = await next!
      } catch (error) {
        await failed()
        throw error
      }
      next = start(i + 1)
      yield [item, ready]
    }
  } finally {
    await next?.catch(() => undefined) // files must not be closed while they are read
  }
}
