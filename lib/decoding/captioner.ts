import { DataError, UsageError } from '../errors.js'
import type { Engine } from '../engine/engine.js'
import type { ModelConfig } from '../model/config.js'
import { hash } from '../random.js'
import { release } from './workers/memory.js'
import { buffersOf, type HostTensors } from '../tensor.js'
import type { Vocabulary } from '../text/vocabulary.js'
import { beamSearch } from './search/beam.js'
import { constrainedCells, diverseCells, plainCells, type Cells } from './search/banks.js'
import type { Jobs } from './workers/jobs.js'
import { openLanes } from './workers/pool.js'
import { createMachine, type MachineOptions } from './batching/runner.js'
import { compileRules, type Rules } from './search/rules.js'
import { sampling } from './search/sampling.js'
import { decode, type SlotMachine } from './batching/scheduler.js'
import type { Hypothesis, Search } from './search/search.js'

/** How captions are searched for. */
export interface CaptionerOptions extends Rules {
  readonly beam: number
  readonly maxLength: number
  readonly nBest: number
  readonly lengthPenalty?: number
  /** Groups of beams that are kept apart, and how much a word another group chose is held against it. */
  readonly groups?: number
  readonly diversity?: number
  /** Draw captions instead of searching for the best. */
  readonly sample?:
    | undefined
    | {
        readonly temperature: number
        readonly topK: number
        readonly topP: number
        readonly seed: number
      }
  /** Images that a machine decodes at once; default: what fills its products. */
  readonly slots?: number
  /** Machines side by side, where there are images enough, and the threads of each; default: one of all threads. */
  readonly lanes?: Jobs
}

/** One image to caption: its features, (regions, featureWidth), and words that its caption has to use. */
export interface CaptionerImage {
  readonly features: Float32Array
  /** Each met by any one of its words, in ids. Images with constraints, even none, need rows of their own. */
  readonly constraints?: readonly (readonly number[])[]
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
  /** Reads them: asked again, anew. */
  parameters(): Promise<HostTensors>
}

const wantedRows = 80 // of a step: fewer leave the products too small, more gain nothing

/** @throws UsageError for options that no search can meet */
export function createCaptioner(
  engine: Engine,
  models: readonly CaptionModel[],
  vocabulary: Vocabulary,
  options: CaptionerOptions,
): Captioner {
  const { beam, maxLength, nBest, groups = 1, sample } = options
  const [{ config }] = models as [CaptionModel] // one at least
  check(options, config, vocabulary)
  const { forbids, strikes } = compileRules(options, maxLength)
  const machines = new Map<string, Promise<SlotMachine<CaptionerImage>[]>>()

  const cellsOf = ({ constraints }: CaptionerImage): Cells =>
    constraints
      ? constrainedCells(beam, constraints)
      : groups > 1
        ? diverseCells(beam, groups, options.diversity ?? 0.5)
        : plainCells(beam)

  const rowsOf = (image: CaptionerImage) => (sample ? nBest : cellsOf(image).count * cellsOf(image).width)

  function newSearch(image: CaptionerImage, index: number): Search {
    const common = { vocabularySize: config.vocabularySize, maxLength, forbids }
    if (!sample)
      return beamSearch({
        ...common,
        cells: cellsOf(image),
        nBest,
        lengthPenalty: options.lengthPenalty ?? 0,
      })
    const key = hash(sample.seed, index)
    let draws = 0
    const random = () => (hash(key, draws++) >>> 0) / 2 ** 32
    return sampling({ ...common, ...sample, samples: nBest, random })
  }

  const slotsFor = (rows: number) => options.slots ?? Math.max(1, Math.floor(wantedRows / rows))

  /** The machines for searches of so many rows, in as many slots as there are images to fill them. */
  async function machinesFor(rows: number, images: number): Promise<SlotMachine<CaptionerImage>[]> {
    const { count, threads } = options.lanes ?? { count: 1, threads: 1 }
    const lanes = Math.min(count, Math.ceil(images / slotsFor(rows)))
    const slots = Math.min(Math.ceil(images / lanes), slotsFor(rows))
    const key = `${rows} rows, ${slots} slots, ${lanes} lanes`
    const machine: Omit<MachineOptions<CaptionerImage>, 'models'> = {
      slots,
      rows,
      length: maxLength,
      encodeBatch: Math.min(8, slots),
      // A group of beams may have to pass over what every other one chose.
      choices: Math.min(config.vocabularySize, beam + strikes + (groups > 1 ? beam : 0)),
      all: sample !== undefined || rows > beam,
      async readFeatures(batch, out) {
        batch.forEach(({ features }, i) => out.set(features, i * features.length))
      },
    }
    const open = async () => {
      const loaded = await Promise.all(
        models.map(async ({ config, parameters }) => ({ config, parameters: await parameters() })),
      )
      if (lanes === 1) return [await createMachine(engine, { ...machine, models: loaded })]
      const side = openLanes(engine, { ...machine, models: loaded }, { lanes, threads })
      for (const { parameters } of loaded) release(buffersOf(parameters))
      return side
    }
    const opened = machines.get(key) ?? open()
    machines.set(key, opened)
    return opened
  }

  return {
    async *caption(images) {
      let index = 0
      for await (const { rows, run } of runs(images, rowsOf)) {
        const ahead = await prefetch(run, slotsFor(rows) * (options.lanes?.count ?? 1))
        const side = await machinesFor(rows, ahead.count)
        const first = index
        for await (const { image, hypotheses } of decode(ahead.items, side, (image, i) =>
          newSearch(image, first + i),
        )) {
          index++
          yield { image: image as never, hypotheses } // the caller's own image, which the machine passed through
        }
      }
    },
    async dispose() {
      for (const side of machines.values()) for (const machine of await side) machine.dispose()
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

/** Consecutive images whose searches have as many rows. */
async function* runs<Image>(
  images: AsyncIterable<Image>,
  rowsOf: (image: Image) => number,
): AsyncGenerator<{ rows: number; run: AsyncGenerator<Image> }> {
  const source = images[Symbol.asyncIterator]()
  let next = await source.next()
  try {
    while (!next.done) {
      const rows = rowsOf(next.value)
      const run = (async function* () {
        for (; !next.done && rowsOf(next.value) === rows; next = await source.next()) yield next.value
      })()
      yield { rows, run }
    }
  } finally {
    await source.return?.()
  }
}

/** Reads up to `most` items ahead, to know how many there are where they are few. */
async function prefetch<T>(
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
