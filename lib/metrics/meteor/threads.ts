/** METEOR in several threads, where there are enough images. */
import { availableParallelism } from 'node:os'
import { DataError } from '../../errors.js'
import type { ImageId } from '../../records.js'
import { startThread } from '../../worker.js'
import { parseMeteorData } from './data.js'
import { createMeteor, describeMeteor, type Meteor, type MeteorParts, type MeteorSource } from './index.js'

/** An image as METEOR takes it: PTB-tokenized captions, tokens joined by blanks. */
export interface MeteorText {
  readonly image_id: ImageId
  readonly hypothesis: string
  readonly references: readonly string[]
}

/** The statistics of one image. @throws DataError with the image, where its captions are too long to be aligned */
export function statisticsOf({ statistics }: Meteor, { image_id, hypothesis, references }: MeteorText) {
  try {
    return statistics(hypothesis, references)
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    throw new DataError(`image ${image_id}: ${error.message}`, { cause: error })
  }
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
    images.map((image) => {
      advance(1)
      return statisticsOf(meteor, image)
    })
}

function inThreads(count: number, source: MeteorSource): MeteorRun['statistics'] {
  const program = new URL('./meteor-worker.js', import.meta.url)
  const threads = Array.from({ length: count }, () =>
    startThread<readonly MeteorText[], Float64Array[]>(program, source),
  )
  return async (images, advance) => {
    const rows: Float64Array[] = Array.from({ length: images.length })
    let next = 0
    await Promise.all(
      threads.map(async (thread) => {
        for (let from; (from = next) < images.length;) {
          const given = images.slice(from, (next += portion))
          for (const [i, row] of (await thread.ask(given)).entries()) rows[from + i] = row
          advance(given.length)
        }
      }),
    )
    return rows
  }
}
