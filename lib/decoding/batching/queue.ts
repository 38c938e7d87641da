/** The queue between a stream of images and the runners that decode them. */
import { createBell } from './bell.js'

/** Images in the order of their stream, numbered. */
export interface Queue<Image> {
  /** How many images were taken so far. */
  readonly taken: number
  /** Whether no image is left to take. */
  readonly ended: boolean
  /**
   * Takes up to `most` images: fewer at the end, or where the stream has paused. With `wait` at least one, unless the queue
   * has ended or is closed.
   *
   * @param patience how long, in milliseconds, one more image may keep those waiting that are already there
   */
  take(most: number, patience: number, wait: boolean): Promise<Numbered<Image>[]>
  /** Stops reading. Whoever waits gets nothing more. */
  close(): void
}

export interface Numbered<Image> {
  readonly image: Image
  readonly index: number
}

/** A queue that reads ahead of those who take from it. */
export interface ReadAhead<Image> extends Queue<Image> {
  /** What the stream threw, if anything; the images before it can still be taken. */
  readonly failure: { readonly error: unknown } | undefined
  /** The image that is taken next, if it is there. */
  readonly first: Image | undefined
  /** How many images are there. */
  readonly waiting: number
  /** Waits until `most` images are there, or all that come before the end or a pause of the stream. */
  gather(most: number, patience: number): Promise<void>
  /** The images up to the first for which `stops` holds, which stays in the queue. */
  until(stops: (image: Image) => boolean): Queue<Image>
}

/**
 * Reads a stream ahead.
 *
 * @param limit of the images that wait in the queue
 */
export function createQueue<Image>(images: AsyncIterable<Image>, limit: number): ReadAhead<Image> {
  const source = images[Symbol.asyncIterator]()
  const waiting: Image[] = []
  const changed = createBell()
  const room = createBell()
  let taken = 0
  const state = {
    over: false,
    /** The stream has kept someone waiting for longer than their patience, and has given nothing since. */
    paused: false,
  }
  let failure: { error: unknown } | undefined

  async function read(): Promise<void> {
    try {
      while (!state.over) {
        const next = await source.next()
        if (next.done || state.over) break
        waiting.push(next.value)
        state.paused = false
        changed.ring()
        while (waiting.length >= limit && !state.over) await room.rung()
      }
    } catch (error) {
      failure = { error }
    }
    state.over = true
    changed.ring()
  }
  void read()

  /** Waits for a change, and marks the stream as paused when none comes in time. */
  async function change(patience: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      if (patience < Infinity) timer = setTimeout(() => resolve(void (state.paused = true)), patience)
    })
    await Promise.race([changed.rung(), timeout])
    clearTimeout(timer)
  }

  function close(): void {
    state.over = true
    waiting.length = 0
    changed.ring()
    room.ring()
    // Not awaited: the stream may itself be waiting, for input that never comes.
    void Promise.resolve(source.return?.()).catch(() => undefined)
  }

  async function gather(most: number, patience: number): Promise<void> {
    while (!state.over && waiting.length < Math.min(most, limit))
      if (waiting.length === 0) await change(Infinity)
      else if (state.paused) return
      else await change(patience)
  }

  function takeUntil(stops: (image: Image) => boolean): Queue<Image> {
    const ended = () => (waiting.length === 0 ? state.over : stops(waiting[0]!))
    const there = (most: number) => {
      const stop = waiting.slice(0, most).findIndex(stops)
      return stop < 0 ? Math.min(most, waiting.length) : stop
    }
    return {
      get taken() {
        return taken
      },
      get ended() {
        return ended()
      },
      close,
      async take(most, patience, wait) {
        const wanted = Math.min(most, limit)
        for (;;) {
          const count = there(wanted)
          const complete = count === wanted || state.over || count < waiting.length
          if (complete || (state.paused && (count > 0 || !wait))) {
            room.ring()
            const first = taken
            taken += count
            return waiting.splice(0, count).map((image, i) => ({ image, index: first + i }))
          }
          await change(count === 0 && wait ? Infinity : patience)
        }
      },
    }
  }

  const all = takeUntil(() => false)
  return {
    get taken() {
      return taken
    },
    get ended() {
      return all.ended
    },
    get failure() {
      return failure
    },
    get first() {
      return waiting[0]
    },
    get waiting() {
      return waiting.length
    },
    take: (most, patience, wait) => all.take(most, patience, wait),
    gather,
    until: takeUntil,
    close,
  }
}
