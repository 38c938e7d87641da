/** Reads what belongs to each item, the next one's while the one before is worked on. */
export async function* prefetch<Item, Read>(
  items: readonly Item[],
  read: (item: Item) => Promise<Read>,
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
      const ready = await next!
      next = start(i + 1)
      yield [item, ready]
    }
  } finally {
    await next?.catch(() => undefined) // files must not be closed while they are read
  }
}
