/** The training loop. */
import type { Engine } from '../engine/engine.js'
import type { HostTensors } from '../tensor.js'
import { imageBucketOf, type Batch } from './batches.js'
import type { ClaimOptions } from './claim.js'
import { afterEpoch, type Objective } from './early-stopping.js'
import { openFolder, type RunFolder } from './folder.js'
import { guardEpoch } from './guard.js'
import { createSteps, lossesOf, seedOf } from './objectives/index.js'
import type { Report } from './objectives/objective.js'
import { createOptimizer } from './optimizer/index.js'
import { noam } from './optimizer/noam.js'
import { onAnyRank } from './ranks.js'
import type { Run } from './run.js'
import { accumulates, batchesOf, prefetch, readShard, shardingOf, type MicroBatch } from './shards.js'
import { advanced, beginning, stepped, type Position } from './state.js'
import { createClock, type Timing } from './throughput.js'
import { createValidation } from './validation.js'

/** What training reports: the same in every run of a seed. docs/training.md explains the figures. */
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
 * Trains: epochs of one objective until early stopping switches to the next, a checkpoint after each. Whatever happens,
 * the folder, which the run has claimed, holds a complete best model and a complete checkpoint to resume from.
 *
 * @param initial parameters to begin with, unless the run resumes
 * @param signal stops after the current step, saved
 * @throws DataError where training diverges, or an example cannot be read
 */
export async function* train(
  run: Run,
  engine: Engine,
  initial: () => HostTensors,
  { signal, ...options }: ClaimOptions & { readonly signal: AbortSignal },
): AsyncGenerator<[TrainingEvent, Timing]> {
  const folder = await openFolder(run, options)
  try {
    yield* trainIn(folder, run, engine, { initial, signal })
  } finally {
    await folder.close()
  }
}

async function* trainIn(
  folder: RunFolder,
  run: Run,
  engine: Engine,
  { initial, signal }: { initial: () => HostTensors; signal: AbortSignal },
): AsyncGenerator<[TrainingEvent, Timing]> {
  const { ranks } = run
  const clock = createClock(engine)
  const optimizer = createOptimizer(clock.engine, {
    ...(folder.saved ? await folder.readLast() : { parameters: initial() }),
    config: run.config,
    losses: lossesOf(run),
    clip: run.clip,
    accumulate: accumulates(run),
    ranks,
  })
  const steps = createSteps(run, clock.engine, optimizer)
  const validation = run.validation.length > 0 ? createValidation(engine, run, optimizer.state) : undefined
  let at = folder.saved ?? beginning(run.planned[0]!) // an option with a default
  let kept = folder.saved

  try {
    let stop = at.done ? undefined : await shouldStop()
    while (!at.done && !stop) stop = (yield* epoch()) ?? (yield* verdict()) ?? (await shouldStop())
    if (stop) yield* leave(stop)
  } finally {
    await steps.dispose()
    optimizer.dispose()
  }

  /** Trains to the end of the epoch, or until something stops it. */
  async function* epoch(): AsyncGenerator<[TrainingEvent, Timing], Stop | undefined> {
    const { objective } = at.course
    const { batches, full } = batchesOf(run, at.course)
    const read = (batch: Batch) => {
      const sharding = shardingOf(run, objective, imageBucketOf(batch.images.length, full))
      return readShard(batch, sharding, run).catch((error: Error) => error)
    }
    clock.start()
    for await (const [batch, result] of prefetch(batches.slice(at.batch), read)) {
      const shard = await readByAll(result)
      const learningRate = learningRateOf(run, at)
      const seed = seedOf(run, at.step)
      const report = await steps.take(objective, { batch, shard, learningRate, update: at.update + 1, seed })
      at = stepped(at, report)
      clock.lap(report)
      if (at.step % run.logEvery === 0) yield await tell('step', loggedFigures(report, learningRate))
      if (at.step % run.saveEvery === 0) {
        await checkpoint()
        clock.start()
      }
      const stop = await shouldStop()
      if (stop === 'signal' || (stop && at.batch < batches.length)) return stop
    }
    return undefined
  }

  /** Validates at an epoch's end, keeps the best model, and continues, switches or ends. */
  async function* verdict(): AsyncGenerator<[TrainingEvent, Timing], Stop | undefined> {
    const result = await validation?.run(signal)
    if (await onAnyRank(ranks, signal.aborted)) return 'signal' // a resumed run validates again
    const { objective } = at.course
    const loss = at.sums.loss / at.sums.steps
    const reward = objective === 'scst' ? at.sums.reward / at.sums.steps : undefined
    const score = result?.scores['CIDEr-D'] ?? reward ?? -loss
    const { after, best, next } = afterEpoch(at.course, score, {
      patience: run.patience,
      planned: run.planned,
      limit: run.epochs[objective],
    })
    yield await tell('epoch', {
      loss,
      ...(reward !== undefined && { reward }),
      ...(result && { val_loss: result.loss, ...result.scores }),
    })
    guardEpoch(at, { reward, score: result?.scores['CIDEr-D'], patience: run.patience })
    if (best) {
      await folder.saveBest(optimizer)
      yield await tell('best', { score })
    }
    if (next === 'switch') {
      yield await tell('switch', { to: after.objective, best: after.best })
      await onAnyRank(ranks, true) // the best model is on disk before another rank reads it
      const parameters = best ? await optimizer.parameters() : await folder.readBest()
      await folder.saveXe(parameters)
      await optimizer.restart(parameters)
    }
    if (next === 'done') yield await tell('done', { reason: 'the course is complete', best: after.best })
    // Without validation, the scores of one objective do not compare with those of another.
    const comparable = next === 'switch' && !result ? { ...after, best: null } : after
    at = advanced(at, comparable, next === 'done')
    await checkpoint()
    return undefined
  }

  /** Stops, saved. The event comes after the checkpoint: a resumed run's log does not have it. */
  async function* leave(reason: Stop): AsyncGenerator<[TrainingEvent, Timing]> {
    await checkpoint()
    if (reason === 'signal') return
    if (at.course.best === null) await folder.saveBest(optimizer)
    yield await tell('done', { reason, best: at.course.best })
  }

  /** What was read. Where any rank could not read its shard, the run ends, saved. */
  async function readByAll(result: MicroBatch[] | Error): Promise<MicroBatch[]> {
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
    kept = at = await folder.saveLast(at, optimizer)
  }

  /** The same answer on every rank. */
  async function shouldStop(): Promise<Stop | undefined> {
    if (at.step >= run.maxSteps) return 'max-steps'
    if (await onAnyRank(ranks, signal.aborted)) return 'signal'
    const late = clock.elapsed() >= run.maxMinutes * 60_000
    return run.maxMinutes < Infinity && (await onAnyRank(ranks, late)) ? 'max-minutes' : undefined
  }

  async function tell(event: TrainingEvent['event'], figures: object): Promise<[TrainingEvent, Timing]> {
    const { objective, epoch } = at.course
    const told: TrainingEvent = { event, objective, epoch: epoch + 1, step: at.step, ...figures }
    await folder.log(told)
    return [told, clock.take()]
  }
}

/** Noam's for cross-entropy, counted as the reference counts: the start of an epoch is a step as well. */
function learningRateOf(run: Run, { course, update }: Position): number {
  if (course.objective === 'scst') return run.scst.learningRate
  return run.xe.learningRate * noam(update + 1 + course.epochOfObjective + 1, run.config, run.xe.warmup)
}

const loggedFigures = ({ loss, gradientNorm, reward, baseline }: Report, rate: number) => ({
  loss,
  rate,
  gradient_norm: gradientNorm,
  ...(reward !== undefined && { reward, baseline }),
})
