/** Streams of images on their way to runners, and a bell to wake those who wait for one. */

/** Images in the order in which they are taken, numbered. */
export interface Queue<Image> {
  readonly taken: number
  readonly ended: boolean
  /** Up to `most` images; fewer only at the end. */
  take(most: number): Promise<{ image: Image; index: number }[]>
  close(): Promise<void>
}

/** A queue that several runners may take from at once; they are served in turn. */
export function createQueue<Image>(images: AsyncIterable<Image>): Queue<Image> {
  const source = images[Symbol.asyncIterator]()
  let taken = 0
  let ended = false
  let turn: Promise<unknown> = Promise.resolve()
  async function take(most: number) {
    const batch: { image: Image; index: number }[] = []
    while (!ended && batch.length < most) {
      const next = await source.next()
      if (next.done) ended = true
      else batch.push({ image: next.value, index: taken++ })
    }
    return batch
  }
  return {
    get taken() {
      return taken
    },
    get ended() {
      return ended
    },
    take(most) {
      const batch = turn.then(() => take(most))
      turn = batch.catch(() => undefined)
      return batch
    },
    close: async () => void (await source.return?.()),
  }
}

/** A signal that can be awaited again and again. */
export function createBell() {
  let ring!: () => void
  let rung = new Promise<void>((resolve) => (ring = resolve))
  return {
    /** Wakes all who wait. */
    ring() {
      ring()
      rung = new Promise((resolve) => (ring = resolve))
    },
    /** Resolves at the next ring. */
    rung: () => rung,
  }
}

/** The items of a stream, grouped where consecutive ones have the same key. */
export async function* consecutive<T>(
  source: AsyncIterable<T>,
  keyOf: (item: T) => number,
): AsyncGenerator<{ key: number; items: AsyncGenerator<T> }> {
  const iterator = source[Symbol.asyncIterator]()
  let next = await iterator.next()
  try {
    while (!next.done) {
      const key = keyOf(next.value)
      const items = (async function* () {
        for (; !next.done && keyOf(next.value) === key; next = await iterator.next()) yield next.value
      })()
      yield { key, items }
    }
  } finally {
    await iterator.return?.()
  }
}

/** Reads up to `most` items ahead, so that their number is known where there are only a few. */
export async function prefetch<T>(
  source: AsyncGenerator<T>,
  most: number,
): Promise<{ count: number; items: AsyncGenerator<T> }> {
  const held: T[] = []
  for (let next; held.length < most && !(next = await source.next()).done;) held.push(next.value)
  const count = held.length
  const items = (async function* () {
    for (const item of held.splice(0)) yield item
    yield* source
  })()
  return { count, items }
}
