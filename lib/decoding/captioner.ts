/** Captions for a stream of images, by one model or an ensemble. */
import type { Engine } from '../engine/engine.js'
import { DataError, UsageError } from '../errors.js'
import type { ModelConfig } from '../model/config.js'
import { buffersOf, type HostTensors } from '../tensor.js'
import type { Vocabulary } from '../text/vocabulary.js'
import { consecutive, prefetch } from './batching/queue.js'
import { createRunner, type RunnerOptions } from './batching/runner.js'
import { decode } from './batching/scheduler.js'
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
  const opened = new Map<string, Promise<SlotRunner<CaptionerImage>[]>>()

  const rowsOf = ({ constraints }: CaptionerImage) => searches.rowsOf(constraints)
  const slotsFor = (rows: number) => options.slots ?? Math.max(1, Math.floor(wantedRows / rows))

  /** The runners for searches with this many rows, with no more slots than there are images. */
  function runnersFor(rows: number, images: number): Promise<SlotRunner<CaptionerImage>[]> {
    const { count, threads } = options.workers ?? { count: 1, threads: 1 }
    const workers = Math.min(count, Math.ceil(images / slotsFor(rows)))
    const slots = Math.min(Math.ceil(images / workers), slotsFor(rows))
    const key = `${rows} rows, ${slots} slots, ${workers} workers`
    const described: Omit<RunnerOptions<CaptionerImage>, 'models'> = {
      slots,
      rows,
      length: options.maxLength,
      encodeBatch: Math.min(8, slots),
      choices: searches.choices,
      all: searches.needsAll(rows),
      async readFeatures(batch, out) {
        batch.forEach(({ features }, i) => out.set(features, i * features.length))
      },
    }
    const open = async () => {
      const loaded = await Promise.all(
        models.map(async ({ config, parameters }) => ({ config, parameters: await parameters() })),
      )
      if (workers === 1) return [await createRunner(engine, { ...described, models: loaded })]
      const runners = openWorkers(engine, { ...described, models: loaded }, { workers, threads })
      for (const { parameters } of loaded) release(buffersOf(parameters))
      return runners
    }
    const runners = opened.get(key) ?? open()
    opened.set(key, runners)
    return runners
  }

  return {
    async *caption(images) {
      let index = 0
      for await (const { key: rows, items } of consecutive(images, rowsOf)) {
        const ahead = await prefetch(items, slotsFor(rows) * (options.workers?.count ?? 1))
        const runners = await runnersFor(rows, ahead.count)
        const first = index
        const newSearch = ({ constraints }: CaptionerImage, i: number) =>
          searches.create(constraints, first + i)
        for await (const { image, hypotheses } of decode(ahead.items, runners, newSearch)) {
          index++
          yield { image: image as never, hypotheses } // the caller's own image, which the runner passed through
        }
      }
    },
    async dispose() {
      for (const runners of opened.values()) for (const runner of await runners) runner.dispose()
    },
  }
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
