/** METEOR in several threads, where there are enough images. */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { parseMeteorData } from './data.js'
import { createMeteor, describeMeteor, type MeteorParts, type MeteorSource } from './index.js'

/** An image as METEOR takes it: PTB-tokenized captions, tokens joined by blanks. */
export interface MeteorText {
  readonly hypothesis: string
  readonly references: readonly string[]
}

/** METEOR, in one thread or several. */
export interface MeteorRun extends MeteorParts {
  /**
   * The statistics of images, one array for each.
   *
   * @param advance told how many more are done
   */
  statistics(images: readonly MeteorText[], advance: (count: number) => void): Promise<Float64Array[]>
}

/** Prepares METEOR for this many images. Threads start at once and load their data while the caller goes on. */
export function prepareMeteor(source: MeteorSource, images: number): MeteorRun {
  const { data, table } = source
  const threads = Math.min(availableParallelism() - 1, mostThreads, Math.floor(images / fewestImages))
  const isShared = table === undefined || table.keys.buffer instanceof SharedArrayBuffer
  return {
    ...describeMeteor(data.identity, {
      functionWords: data.texts.functionWords !== undefined,
      synonyms: data.texts.synsets !== undefined,
      paraphrases: table !== undefined,
    }),
    statistics: threads > 1 && isShared ? inThreads(threads, source) : inThisThread(source),
  }
}

/**
 * On four cores, three threads are no faster than two, and four are slower: each indexes WordNet, looks up the same frequent
 * words and compiles its code, which takes longer than it saves in a second of work. The caller tokenizes meanwhile and
 * keeps a core: on two cores one thread is fastest.
 */
const mostThreads = 2

/** Fewest images for which a thread pays. */
const fewestImages = 500

/** Images that a thread is given at a time: enough to outweigh the message, few enough that all threads end together. */
const portion = 100

function inThisThread({ data, table }: MeteorSource): MeteorRun['statistics'] {
  const meteor = createMeteor(parseMeteorData(data), table)
  return async (images, advance) =>
    images.map(({ hypothesis, references }) => {
      advance(1)
      return meteor.statistics(hypothesis, references)
    })
}

function inThreads(count: number, source: MeteorSource): MeteorRun['statistics'] {
  const program = new URL('./meteor-worker.js', import.meta.url)
  const threads = Array.from({ length: count }, () => new Worker(program, { workerData: source }))
  for (const thread of threads) thread.unref() // an idle thread does not keep the process alive
  return async (images, advance) => {
    const rows: Float64Array[] = Array.from({ length: images.length })
    let next = 0
    await Promise.all(
      threads.map(async (thread) => {
        thread.ref()
        for (let from; (from = next) < images.length;) {
          const given = images.slice(from, (next += portion))
          thread.postMessage(given)
          const [answer] = (await once(thread, 'message')) as [Float64Array[]] // as the worker posts it
          for (const [i, row] of answer.entries()) rows[from + i] = row
          advance(given.length)
        }
        thread.unref()
      }),
    )
    return rows
  }
}
