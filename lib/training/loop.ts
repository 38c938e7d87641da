import { mkdir } from 'node:fs/promises'
import { readModelDirectory } from '../checkpoint/directory.js'
import { DataError } from '../errors.js'
import type { Engine } from '../engine/engine.js'
import type { HostTensors } from '../tensor.js'
import { epochBatches, type Batch } from './batches.js'
import { lastOf, load, logOf, save, xeOf, type Position } from './checkpoint.js'
import { afterEpoch, type Objective, type Verdict } from './course.js'
import { fingerprint } from './examples.js'
import { readShares, type Share, type Sharing } from './feeder.js'
import { guard, unguarded } from './guard.js'
import { openJournal } from './journal.js'
import type { Run } from './run.js'
import { noam } from './schedule.js'
import { crossEntropySteps, seedOf, selfCriticalSteps, type Report, type TakeStep } from './steps.js'
import { createTrainer } from './trainer.js'
import { createValidation } from './validation.js'

/** What training says: the same on every run of a seed, but for `timing`. */
export interface TrainingEvent {
  readonly event: 'step' | 'epoch' | 'best' | 'switch' | 'done'
  readonly objective: Objective
  readonly epoch: number
  readonly step: number
  readonly [figure: string]: unknown
}

/** What depends on the machine and the hour. */
export interface Timing {
  readonly seconds: number
  readonly captions_per_s?: number
  readonly words_per_s?: number
  /** The share of the time spent in steps. */
  readonly busy?: number
  readonly memory_mb: number
}

/**
 * Trains: epochs of one objective until it gives way to the next (see course.ts), a checkpoint after each. Whatever
 * happens, the folder holds a whole best model, and a whole last one to resume from.
 *
 * @param initial parameters to begin with, unless the run resumes
 * @param signal stops after the step under way, saved
 * @throws DataError where training diverges, or an example cannot be read
 */
export async function* train(
  run: Run,
  engine: Engine,
  initial: HostTensors,
  { resume = false, signal }: { resume?: boolean; signal: AbortSignal },
): AsyncGenerator<[TrainingEvent, Timing]> {
  const examples = fingerprint(run.examples)
  const writes = run.ranks.rank === 0
  await mkdir(run.out, { recursive: true })
  const saved = resume ? await load(run, examples) : undefined
  let at: Position = saved?.position ?? begin(run)
  const journal = writes ? await openJournal(logOf(run.out), at.log) : undefined
  const counts = run.examples.map(({ captions }) => captions.length)
  const longest = run.examples.map(({ captions }) => Math.max(...captions.map(({ length }) => length)))
  const trainer = createTrainer(engine, {
    config: run.config,
    parameters: saved?.parameters ?? initial,
    moments: saved?.moments,
    smoothing: run.xe.smoothing,
    clip: run.clip,
    parts: sharingOf(run, 'xe').own > 1 || sharingOf(run, 'scst').own > 1,
    ranks: run.ranks,
  })
  const validation =
    run.validation.length > 0
      ? createValidation(engine, { ...run, state: trainer.state, examples: run.validation })
      : undefined
  const started = performance.now()
  const rates = clock()

  const event = async (kind: TrainingEvent['event'], figures: object): Promise<[TrainingEvent, Timing]> => {
    const { objective, epoch } = at.course
    const said: TrainingEvent = { event: kind, objective, epoch: epoch + 1, step: at.step, ...figures }
    await journal?.write(said)
    const seconds = (performance.now() - started) / 1000
    return [said, { seconds, ...rates.take(), memory_mb: Math.round(process.memoryUsage().rss / 1e6) }]
  }

  const checkpoint = async () => {
    at = { ...at, log: (await journal?.mark()) ?? 0 }
    if (!writes) return
    const resumable = { position: at, moments: await trainer.moments(), examples }
    await save(lastOf(run.out), run, await trainer.parameters(), resumable)
  }

  const outOfTime = () => (performance.now() - started) / 60_000 >= run.maxMinutes || at.step >= run.maxSteps

  let steps: { objective: Objective; take: TakeStep & { dispose?(): Promise<void> } } | undefined
  try {
    while (!at.done) {
      const { objective, epoch } = at.course
      const sharing = sharingOf(run, objective)
      if (steps?.objective !== objective) {
        await steps?.take.dispose?.()
        const take =
          objective === 'xe'
            ? crossEntropySteps(run, trainer, sharing)
            : selfCriticalSteps(run, engine, trainer, sharing)
        steps = { objective, take }
      }
      const batches = epochBatches(
        counts,
        batchingOf(run, objective),
        run.seed,
        epoch,
        objective === 'xe' ? longest : undefined,
      )
      const upcoming = ahead(batches, at.batch, (batch) =>
        readShares(batch, sharing, run.examples, run.reader, run.config),
      )
      for await (const [batch, shares] of upcoming) {
        const rate = rateOf(run, at)
        const before = performance.now()
        const report = await steps.take(batch, shares, rate, at.update + 1, seedOf(run, at.step))
        rates.add(report, performance.now() - before)
        at = {
          ...at,
          batch: at.batch + 1,
          step: at.step + 1,
          update: at.update + 1,
          losses: { sum: at.losses.sum + report.loss, steps: at.losses.steps + 1 },
          guard: guard(at.guard, at.step + 1, report.loss, report.reward),
        }
        if (at.step % run.logEvery === 0) yield await event('step', stepFigures(report, rate))
        if (at.step % run.saveEvery === 0) await checkpoint()
        if (signal.aborted || outOfTime()) break
      }
      if (signal.aborted || (outOfTime() && at.batch < batches.length)) {
        await checkpoint()
        if (signal.aborted) return
        yield* cutShort()
        yield await event('done', { reason: at.step >= run.maxSteps ? 'max-steps' : 'max-minutes' })
        return
      }
      yield* epochEnd()
      if (!at.done && outOfTime()) {
        yield await event('done', { reason: at.step >= run.maxSteps ? 'max-steps' : 'max-minutes' })
        return
      }
    }
  } finally {
    await steps?.take.dispose?.()
    await journal?.close()
    trainer.dispose()
  }

  async function keepAsBest(): Promise<void> {
    if (writes) await save(run.out, run, await trainer.parameters())
  }

  /** The end of an epoch that is not whole: it may be the best, but leaves no trace in what a resumed run goes on from. */
  async function* cutShort(): AsyncGenerator<[TrainingEvent, Timing]> {
    const result = await validation?.run()
    const loss = at.losses.sum / at.losses.steps
    const score = result ? result.scores['CIDEr-D']! : -loss
    yield await event('epoch', {
      whole: false,
      loss,
      ...(result && { val_loss: result.loss, ...result.scores }),
    })
    if (at.course.best !== null && score < at.course.best) return
    await keepAsBest()
    yield await event('best', { score })
  }

  /** Validates, keeps what is best, and goes where the verdict leads. */
  async function* epochEnd(): AsyncGenerator<[TrainingEvent, Timing]> {
    const result = await validation?.run()
    const loss = at.losses.sum / at.losses.steps
    const score = result ? result.scores['CIDEr-D']! : -loss
    const verdict: Verdict = afterEpoch(at.course, score, {
      patience: run.patience,
      planned: run.planned,
      limit: run.epochs[at.course.objective],
    })
    yield await event('epoch', { loss, ...(result && { val_loss: result.loss, ...result.scores }) })
    if (verdict.best) {
      await keepAsBest()
      yield await event('best', { score })
    }
    const finished = at.course.objective
    at = { ...at, batch: 0, losses: { sum: 0, steps: 0 }, done: verdict.next === 'done' }
    if (verdict.next === 'switch') {
      const { parameters } = await bestSoFar(verdict.best)
      await trainer.restart(parameters)
      if (writes) await save(xeOf(run.out), run, parameters)
      at = { ...at, update: 0, guard: unguarded }
      yield await event('switch', { from: finished, to: verdict.course.objective, best: verdict.course.best })
    }
    at = { ...at, course: verdict.course }
    if (at.done) yield await event('done', { reason: 'patience or epochs', best: at.course.best })
    await checkpoint()
  }

  /** Every rank goes on from the best weights; the file of the first rank is there before the others read it. */
  async function bestSoFar(current: boolean): Promise<{ parameters: HostTensors }> {
    await run.ranks.sum(new Float32Array(1))
    return current ? { parameters: await trainer.parameters() } : await readModelDirectory(run.out)
  }
}

function begin(run: Run): Position {
  const [objective] = run.planned
  if (!objective) throw new DataError('expected an objective to train by')
  return {
    course: { objective, epoch: 0, epochOfObjective: 0, best: null, stale: 0 },
    batch: 0,
    step: 0,
    update: 0,
    losses: { sum: 0, steps: 0 },
    guard: unguarded,
    log: 0,
    done: false,
  }
}

/** Self-critical training takes images whole, whatever cross-entropy does. */
const batchingOf = (run: Run, objective: Objective): Run['batching'] =>
  objective === 'xe'
    ? run.batching
    : { by: 'images', perImage: run.batching.perImage, size: run.scst.images * run.batching.perImage }

/** Shares of a batch: as many parts as ranks, times what keeps a part within the micro-batch. */
function sharingOf(run: Run, objective: Objective): Sharing {
  const { by, size, perImage } = batchingOf(run, objective)
  const images = by === 'images' ? Math.max(1, Math.floor(size / perImage)) : size
  const captions = objective === 'xe' ? size : images * run.beam
  const own = Math.max(1, Math.ceil(captions / run.ranks.size / run.microBatch))
  return { images, parts: own * run.ranks.size, first: run.ranks.rank * own, own }
}

/** Noam's for cross-entropy, counted as the reference counts: an epoch's start is a step as well. */
function rateOf(run: Run, { course, update }: Position): number {
  if (course.objective === 'scst') return run.scst.rate
  return run.xe.rate * noam(update + 1 + course.epochOfObjective + 1, run.config, run.xe.warmup)
}

const stepFigures = ({ loss, gradientNorm, reward, baseline }: Report, rate: number) => ({
  loss,
  rate,
  gradient_norm: gradientNorm,
  ...(reward !== undefined && { reward, baseline }),
})

/** Reads the next batch while the one before is computed. */
async function* ahead(
  batches: readonly Batch[],
  from: number,
  read: (batch: Batch) => Promise<Share[]>,
): AsyncGenerator<[Batch, Share[]]> {
  const start = (index: number) => {
    const batch = batches[index]
    if (!batch) return undefined
    const shares = read(batch)
    shares.catch(() => undefined) // reported when it is its turn
    return shares
  }
  let next = start(from)
  for (let i = from; i < batches.length; i++) {
    const shares = await next!
    next = start(i + 1)
    yield [batches[i]!, shares]
  }
}

/** Rates since they were last taken. */
function clock() {
  let [captions, words, milliseconds, since] = [0, 0, 0, performance.now()]
  return {
    add(report: Report, elapsed: number) {
      captions += report.captions
      words += report.words
      milliseconds += elapsed
    },
    take() {
      const seconds = (performance.now() - since) / 1000
      const figures = {
        captions_per_s: captions / seconds,
        words_per_s: words / seconds,
        busy: milliseconds / 1000 / seconds,
      }
      const any = captions > 0
      ;[captions, words, milliseconds, since] = [0, 0, 0, performance.now()]
      return any ? figures : {}
    },
  }
}
