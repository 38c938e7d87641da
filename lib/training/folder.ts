/** The folder of a training run: its best model, its last checkpoint, its log. */
import { join } from 'node:path'
import * as z from 'zod'
import {
  readModelDirectory,
  readTrainingPosition,
  readTrainingState,
  writeModelDirectory,
} from '../checkpoint/directory.js'
import { firstNonFinite } from '../formats/floats.js'
import { DataError } from '../errors.js'
import { misfitOf } from '../formats/misfit.js'
import { makeDirectory } from '../files/replace.js'
import type { HostTensors } from '../tensor.js'
import { fingerprint } from './examples.js'
import { openJournal } from './journal.js'
import { position, type Position } from './state.js'
import type { Objective } from './early-stopping.js'
import type { Run } from './run.js'
import type { Optimizer } from './optimizer/optimizer.js'

/**
 * What a run writes: the best model is the folder itself, `last/` the checkpoint it resumes from, `xe/` the model that
 * self-critical training began with, `log.jsonl` its events. Only the first rank writes; every rank reads.
 */
export interface RunFolder {
  /** Where to resume; undefined for a new run. */
  readonly saved: Position | undefined
  readLast(): Promise<{ parameters: HostTensors; moments: HostTensors }>
  log(event: object): Promise<void>
  /** Saves a checkpoint; every rank calls it at the same moment. @returns the position, with the log's length in it */
  saveLast(at: Position, optimizer: Optimizer<Objective>): Promise<Position>
  saveBest(optimizer: Optimizer<Objective>): Promise<void>
  saveXe(parameters: HostTensors): Promise<void>
  readBest(): Promise<HostTensors>
  close(): Promise<void>
}

/**
 * Opens a new run's folder, or one to resume from.
 *
 * @throws DataError where the folder holds a run and `resume` is not set; or it is, and the run differs from that one: other
 *   examples, another vocabulary, a changed option
 */
export async function openFolder(run: Run, resume: boolean): Promise<RunFolder> {
  const { out, ranks } = run
  const last = join(out, 'last')
  const examples = fingerprint([...run.examples, ...run.validation])
  await makeDirectory(out)
  const saved = await positionToResume(last, run, examples, resume)
  const journal = ranks.rank === 0 ? await openJournal(join(out, 'log.jsonl'), saved?.log) : undefined

  const model = (parameters: HostTensors) => ({
    config: { model: run.config, decode: { beam: run.beam, maxLength: run.length }, origin: run.origin },
    parameters,
    vocabulary: run.vocabulary,
  })
  return {
    saved,
    async readLast() {
      const [{ parameters }, training] = [await readModelDirectory(last), await readTrainingState(last)]
      if (!training) throw new DataError(`${last} was emptied while it was being read`)
      return { parameters, moments: training.tensors }
    },
    log: async (event) => journal?.write(event),
    async saveLast(at, optimizer) {
      const [parameters, tensors] = [await optimizer.parameters(), await optimizer.moments()]
      if (!journal) return at
      const marked = { ...at, log: await journal.mark() }
      checkFinite(parameters, at.step)
      const state = { position: marked, examples, vocabulary: run.vocabulary.hash, origin: run.origin }
      await writeModelDirectory(last, model(parameters), { tensors, state })
      return marked
    },
    async saveBest(optimizer) {
      if (journal) await writeModelDirectory(out, model(await optimizer.parameters()))
    },
    async saveXe(parameters) {
      if (journal) await writeModelDirectory(join(out, 'xe'), model(parameters))
    },
    readBest: async () => (await readModelDirectory(out)).parameters,
    close: async () => journal?.close(),
  }
}

const stored = z.object({
  position,
  examples: z.string(),
  vocabulary: z.string(),
  origin: z.record(z.string(), z.unknown()),
})

async function positionToResume(
  last: string,
  run: Run,
  examples: string,
  resume: boolean,
): Promise<Position | undefined> {
  const state = await readTrainingPosition(last)
  if (!state) return undefined
  if (!resume)
    throw new DataError(
      `${run.out} holds a run already; --resume goes on with it, another --out begins a new one`,
    )
  const parsed = stored.safeParse(state)
  if (!parsed.success)
    throw new DataError(`${last}/state.json is not this version's: ${misfitOf(parsed.error)}`)
  checkSame(parsed.data, run, examples)
  return parsed.data.position
}

function checkSame(before: z.infer<typeof stored>, run: Run, examples: string): void {
  if (before.vocabulary !== run.vocabulary.hash)
    throw new DataError(`${run.out} was trained with another vocabulary; --resume needs the same --vocab`)
  if (before.examples !== examples)
    throw new DataError(
      `${run.out} was trained on other examples, or validated on others; --resume needs the same, in the same order`,
    )
  for (const name of new Set([...Object.keys(before.origin), ...Object.keys(run.origin)])) {
    const [then, now] = [before.origin[name], run.origin[name]].map(
      (value) => JSON.stringify(value) ?? 'not given',
    )
    if (then !== now)
      throw new DataError(
        `--${name} was ${then} when ${run.out} was begun and is ${now} now; --resume goes on with what it was`,
      )
  }
  const { objective } = before.position.course
  if (!run.planned.includes(objective))
    throw new DataError(
      `--objective: ${run.out} is at ${objective}, which is not one of ${run.planned.join()}`,
    )
}

/** A step may leave NaN weights, which only the loss of the next step would show. */
function checkFinite(parameters: HostTensors, step: number): void {
  for (const [name, { data }] of Object.entries(parameters))
    if (data instanceof Float32Array && firstNonFinite(data) >= 0)
      throw new DataError(
        `${name} is not finite after step ${step}: training diverged; see --rate and --clip`,
      )
}
