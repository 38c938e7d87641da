/** Captions for a stream of images, by one model or an ensemble. */
import type { Engine } from '../engine/engine.js'
import { DataError, UsageError } from '../errors.js'
import type { ModelConfig } from '../model/config.js'
import { buffersOf, type HostTensors } from '../tensor.js'
import type { Vocabulary } from '../text/vocabulary.js'
import { createQueue } from './batching/queue.js'
import { createRunner, type RunnerOptions } from './batching/runner.js'
import { decodeQueue } from './batching/scheduler.js'
import type { SlotRunner } from './batching/slots.js'
import { createSearches, type Constraints, type SearchOptions } from './search/create.js'
import type { Hypothesis } from './search/search.js'
import type { Jobs } from './workers/jobs.js'
import { release } from './workers/memory.js'
import { openWorkers } from './workers/pool.js'

export interface CaptionerOptions extends SearchOptions {
  /** Images that a runner decodes at once; default: as many as fill its products. */
  readonly slots?: number
  /** Runners side by side, if there are images enough, and the threads of each; default: one with all threads. */
  readonly workers?: Jobs
}

/** One image to caption: its features, (regions, featureWidth), and what its caption has to mention. */
export interface CaptionerImage {
  readonly features: Float32Array
  readonly constraints?: Constraints
}

/** A model, or an ensemble of models with one vocabulary, ready to caption a stream of images. */
export interface Captioner {
  caption<Image extends CaptionerImage>(
    images: AsyncIterable<Image>,
  ): AsyncGenerator<{ image: Image; hypotheses: Hypothesis[] }>
  dispose(): Promise<void>
}

export interface CaptionModel {
  readonly config: ModelConfig
  /** Reads them; asked a second time, it reads them a second time. */
  parameters(): Promise<HostTensors>
}

const wantedRows = 80 // of a step: with fewer the products are too small, with more nothing is gained
const mostAhead = 256 // images that are read ahead
const startPatience = 200 // milliseconds to wait for more images before the first are decoded

/** Runners of one size. */
interface Opened {
  readonly slots: number
  readonly workers: number
  readonly runners: Promise<SlotRunner<CaptionerImage>[]>
}

/** @throws UsageError for options that no search can meet */
export function createCaptioner(
  engine: Engine,
  models: readonly CaptionModel[],
  vocabulary: Vocabulary,
  options: CaptionerOptions,
): Captioner {
  const [{ config }] = models as [CaptionModel] // one at least
  check(options, config, vocabulary)
  const searches = createSearches(options, config)
  const opened = new Map<number, Opened>() // by rows
  const { count: mostWorkers, threads } = options.workers ?? { count: 1, threads: 1 }

  const rowsOf = ({ constraints }: CaptionerImage) => searches.rowsOf(constraints)
  const slotsFor = (rows: number) => options.slots ?? Math.max(1, Math.floor(wantedRows / rows))
  const capacityFor = (rows: number) => Math.min(mostAhead, slotsFor(rows) * mostWorkers)
  async function open(rows: number, slots: number, workers: number) {
    const loaded = await Promise.all(
      models.map(async ({ config, parameters }) => ({ config, parameters: await parameters() })),
    )
    const described: RunnerOptions<CaptionerImage> = {
      models: loaded,
      slots,
      rows,
      length: options.maxLength,
      encodeBatch: Math.max(2, Math.min(8, slots)), // one row alone would be rounded differently
      choices: searches.choices,
      all: searches.needsAll(rows),
      async readFeatures(batch, out) {
        batch.forEach(({ features }, i) => out.set(features, i * features.length))
      },
    }
    if (workers === 1) return [await createRunner(engine, described)]
    const runners = openWorkers(engine, described, { workers, threads })
    for (const { parameters } of loaded) release(buffersOf(parameters))
    return runners
  }

  /**
   * Runners for searches with this many rows: small ones where only a few images are there, later large ones if need be.
   * Captions do not depend on the size, unless products are int8.
   */
  async function runnersFor(rows: number, images: number): Promise<SlotRunner<CaptionerImage>[]> {
    const most = slotsFor(rows)
    const before = opened.get(rows)
    if (before && before.slots * before.workers >= Math.min(images, most * mostWorkers))
      return await before.runners
    if (before) await disposeOf(before)
    const few = before || images >= capacityFor(rows) ? Infinity : images
    const workers = Math.min(mostWorkers, Math.ceil(few / most))
    const least = rows === 1 ? Math.min(2, most) : 1 // one row alone would be rounded differently
    const slots = Math.max(least, Math.min(Math.ceil(few / workers), most))
    const runners = open(rows, slots, workers)
    opened.set(rows, { slots, workers, runners })
    return await runners
  }

  return {
    async *caption(images) {
      const queue = createQueue(images, Math.max(8, capacityFor(searches.rowsOf(undefined))))
      try {
        for (;;) {
          await queue.gather(1, Infinity)
          if (queue.first === undefined) break
          const rows = rowsOf(queue.first)
          await queue.gather(capacityFor(rows), startPatience)
          const runners = await runnersFor(rows, queue.waiting)
          const room = runners.reduce((sum, { slots }) => sum + slots, 0)
          // Runners that were opened for few images make way for larger ones when more have come.
          const outgrown = () => room < capacityFor(rows) && queue.waiting > 2 * room
          const group = queue.until((image) => rowsOf(image) !== rows || outgrown())
          const newSearch = ({ constraints }: CaptionerImage, index: number) =>
            searches.create(constraints, index)
          for await (const { image, hypotheses } of decodeQueue(group, { runners, newSearch }))
            yield { image: image as never, hypotheses } // the caller's own image, which the runner passed through
        }
        if (queue.failure) throw queue.failure.error
      } finally {
        queue.close()
      }
    },
    async dispose() {
      await Promise.all([...opened.values()].map(disposeOf))
    },
  }
}

/** Closes runners; those that failed to open have nothing to close. */
async function disposeOf({ runners }: Opened): Promise<void> {
  const found = await runners.catch(() => [])
  for (const runner of found) runner.dispose()
}

function check(
  options: CaptionerOptions,
  { vocabularySize, maxLength }: ModelConfig,
  { size }: Vocabulary,
): void {
  const { beam, nBest, groups = 1, sample } = options
  if (size !== vocabularySize)
    throw new DataError(`the model has ${vocabularySize} words, its vocabulary ${size}`)
  if (beam > vocabularySize)
    throw new UsageError(`--beam ${beam} is more than the vocabulary's ${vocabularySize} words`)
  if (nBest > beam && !sample)
    throw new UsageError(`--n-best ${nBest} needs at least as wide a --beam; it is ${beam}`)
  if (beam % groups !== 0) throw new UsageError(`--beam ${beam} does not divide into ${groups} groups`)
  if (options.maxLength > maxLength - 1)
    throw new UsageError(
      `--max-length ${options.maxLength}: the model's longest caption has ${maxLength - 1} words`,
    )
  if ((options.minLength ?? 0) >= options.maxLength)
    throw new UsageError(
      `--min-length ${options.minLength} must be less than --max-length ${options.maxLength}`,
    )
}
