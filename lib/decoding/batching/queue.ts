/** Images in the order in which they are taken, numbered. */
export interface Line<Image> {
  readonly taken: number
  readonly ended: boolean
  /** Up to `most` images; fewer at the end only. */
  take(most: number): Promise<{ image: Image; index: number }[]>
  close(): Promise<void>
}

export function queue<Image>(images: AsyncIterable<Image>): Line<Image> {
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
