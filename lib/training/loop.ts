import type { Engine } from '../engine/engine.js'
import type { HostTensors } from '../tensor.js'
import { epochBatches, type Batch } from './batches.js'
import { openFolder } from './folder.js'
import { createClock, type Timing } from './throughput.js'
import { afterEpoch, type Objective } from './early-stopping.js'
import { readShares, type Share } from './feeder.js'
import { advanced, beginning, stepped, type Position } from './state.js'
import { prefetch } from './prefetch.js'
import { onAnyRank } from './ranks.js'
import type { Run } from './run.js'
import { noam } from './optimizer/noam.js'
import { batchingOf, sharingOf } from './shares.js'
import { createSteps, seedOf, type Report } from './objectives/index.js'
import { createTrainer } from './optimizer/optimizer.js'
import { createValidation } from './validation.js'

/** What training says: the same on every run of a seed. docs/training.md explains the figures. */
export interface TrainingEvent {
  readonly event: 'step' | 'epoch' | 'best' | 'switch' | 'done'
  readonly objective: Objective
  readonly epoch: number
  readonly step: number
  readonly [figure: string]: unknown
}

/** Why a run stops before it is done. */
type Stop = 'signal' | 'max-steps' | 'max-minutes'

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
  initial: () => HostTensors | Promise<HostTensors>,
  { resume = false, signal }: { resume?: boolean; signal: AbortSignal },
): AsyncGenerator<[TrainingEvent, Timing]> {
  const { ranks } = run
  const folder = await openFolder(run, resume)
  const clock = createClock(engine)
  const trainer = createTrainer(clock.engine, {
    ...(folder.saved ? await folder.readLast() : { parameters: await initial() }),
    config: run.config,
    smoothing: run.xe.smoothing,
    clip: run.clip,
    several: run.planned.some((objective) => sharingOf(run, objective).own > 1),
    ranks,
  })
  const steps = createSteps(run, clock.engine, trainer)
  const validation = run.validation.length > 0 ? createValidation(engine, run, trainer.state) : undefined
  let at = folder.saved ?? beginning(run.planned[0]!) // an option with a default
  let kept = folder.saved

  try {
    let stop = at.done ? undefined : await shouldStop()
    while (!at.done && !stop) stop = (yield* epoch()) ?? (yield* verdict()) ?? (await shouldStop())
    if (stop) yield* leave(stop)
  } finally {
    await steps.dispose()
    await folder.close()
    trainer.dispose()
  }

  /** Trains to the end of the epoch, or until something stops it. */
  async function* epoch(): AsyncGenerator<[TrainingEvent, Timing], Stop | undefined> {
    const { objective } = at.course
    const sharing = sharingOf(run, objective)
    const batches = batchesOf(run, at)
    const read = (batch: Batch) => readShares(batch, sharing, run).catch((error: Error) => error)
    clock.start()
    for await (const [batch, result] of prefetch(batches.slice(at.batch), read)) {
      const shares = await readByAll(result)
      const rate = rateOf(run, at)
      const report = await steps.take(objective, batch, shares, rate, at.update + 1, seedOf(run, at.step))
      at = stepped(at, report)
      clock.lap(report)
      if (at.step % run.logEvery === 0) yield await say('step', figuresOf(report, rate))
      if (at.step % run.saveEvery === 0) {
        await checkpoint()
        clock.start()
      }
      const stop = await shouldStop()
      if (stop === 'signal' || (stop && at.batch < batches.length)) return stop
    }
    return undefined
  }

  /** Validates at an epoch's end, keeps what is best, and goes where the course leads. */
  async function* verdict(): AsyncGenerator<[TrainingEvent, Timing], Stop | undefined> {
    const result = await validation?.run(signal)
    if (await onAnyRank(ranks, signal.aborted)) return 'signal' // resuming validates anew
    const { objective } = at.course
    const loss = at.sums.loss / at.sums.steps
    const reward = objective === 'scst' ? at.sums.reward / at.sums.steps : undefined
    const score = result?.scores['CIDEr-D'] ?? reward ?? -loss
    const { course, best, next } = afterEpoch(at.course, score, {
      patience: run.patience,
      planned: run.planned,
      limit: run.epochs[objective],
    })
    yield await say('epoch', {
      loss,
      ...(reward !== undefined && { reward }),
      ...(result && { val_loss: result.loss, ...result.scores }),
    })
    if (best) {
      await folder.saveBest(trainer)
      yield await say('best', { score })
    }
    if (next === 'switch') {
      yield await say('switch', { to: course.objective, best: course.best })
      await onAnyRank(ranks, true) // the best model is on disk before another rank reads it
      const parameters = best ? await trainer.parameters() : await folder.readBest()
      await folder.saveXe(parameters)
      await trainer.restart(parameters)
    }
    if (next === 'done') yield await say('done', { reason: 'the course is complete', best: course.best })
    // Without validation, the scores of one objective do not compare with those of another.
    const comparable = next === 'switch' && !result ? { ...course, best: null } : course
    at = advanced(at, comparable, next === 'done')
    await checkpoint()
    return undefined
  }

  /** Stops, saved; the log that a resumed run continues does not have the line that says so. */
  async function* leave(reason: Stop): AsyncGenerator<[TrainingEvent, Timing]> {
    await checkpoint()
    if (reason === 'signal') return
    if (at.course.best === null) await folder.saveBest(trainer)
    yield await say('done', { reason, best: at.course.best })
  }

  /** What was read. Where a rank could not read its share, the run ends, saved. */
  async function readByAll(result: Share[] | Error): Promise<Share[]> {
    const failed = result instanceof Error
    if (await onAnyRank(ranks, failed)) {
      await checkpoint()
      if (!failed) await onAnyRank(ranks, true) // waits for the rank that failed to end this one
    }
    if (failed) throw result
    return result
  }

  async function checkpoint(): Promise<void> {
    if (at === kept) return
    kept = at = await folder.saveLast(at, trainer)
  }

  /** The same answer on every rank. */
  async function shouldStop(): Promise<Stop | undefined> {
    if (at.step >= run.maxSteps) return 'max-steps'
    if (await onAnyRank(ranks, signal.aborted)) return 'signal'
    const late = clock.elapsed() >= run.maxMinutes * 60_000
    return run.maxMinutes < Infinity && (await onAnyRank(ranks, late)) ? 'max-minutes' : undefined
  }

  async function say(event: TrainingEvent['event'], figures: object): Promise<[TrainingEvent, Timing]> {
    const { objective, epoch } = at.course
    const said: TrainingEvent = { event, objective, epoch: epoch + 1, step: at.step, ...figures }
    await folder.log(said)
    return [said, clock.take()]
  }
}

/** The batches of the epoch under way. Those of images are of about one length; see batches.ts. */
function batchesOf(run: Run, { course: { objective, epoch } }: Position) {
  const counts = run.examples.map(({ captions }) => captions.length)
  const longest = run.examples.map(({ captions }) => Math.max(...captions.map(({ length }) => length)))
  const lengths = objective === 'xe' ? longest : undefined
  return epochBatches(counts, batchingOf(run, objective), run.seed, epoch, lengths)
}

/** Noam's for cross-entropy, counted as the reference counts: an epoch's start is a step as well. */
function rateOf(run: Run, { course, update }: Position): number {
  if (course.objective === 'scst') return run.scst.rate
  return run.xe.rate * noam(update + 1 + course.epochOfObjective + 1, run.config, run.xe.warmup)
}

const figuresOf = ({ loss, gradientNorm, reward, baseline }: Report, rate: number) => ({
  loss,
  rate,
  gradient_norm: gradientNorm,
  ...(reward !== undefined && { reward, baseline }),
})
