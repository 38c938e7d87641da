/** The folder of a training run: its best model, its last checkpoint, its log. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readModelDirectory, writeModelDirectory } from '../checkpoint/directory.js'
import { DataError } from '../errors.js'
import { firstNonFinite } from '../formats/floats.js'
import type { HostTensors } from '../tensor.js'
import { readCheckpoint, readSavedState, writeCheckpoint, type SavedState } from './checkpoint.js'
import type { ClaimOptions } from './claim.js'
import type { Objective } from './early-stopping.js'
import { fingerprint } from './examples.js'
import { openJournal } from './journal.js'
import type { Optimizer } from './optimizer/optimizer.js'
import type { Run } from './run.js'
import type { Position } from './state.js'

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
 * Opens a run's folder, which the run has claimed (see claim.ts).
 *
 * @throws DataError where it resumes a run that was another: other examples, another vocabulary, a changed option
 */
export async function openFolder(run: Run, { resume, overwrite }: ClaimOptions): Promise<RunFolder> {
  const { out, ranks } = run
  const last = join(out, 'last')
  const examples = fingerprint([...run.examples, ...run.validation])
  const saved = resume ? await readSavedState(last) : undefined
  if (saved) checkSame(saved, run, examples)
  // The best model that is there stays until this run has one.
  if (overwrite && ranks.rank === 0)
    for (const name of ['last', 'xe', 'log.jsonl'])
      await rm(join(out, name), { recursive: true, force: true })
  const journal =
    ranks.rank === 0 ? await openJournal(join(out, 'log.jsonl'), saved?.position.log) : undefined

  const model = (parameters: HostTensors) => {
    const { config, beam, length: maxLength, origin, vocabulary } = run
    return { config: { model: config, decode: { beam, maxLength }, origin }, parameters, vocabulary }
  }
  return {
    saved: saved?.position,
    readLast: () => readCheckpoint(last),
    log: async (event) => journal?.write(event),
    async saveLast(at, optimizer) {
      const [parameters, moments] = [await optimizer.parameters(), await optimizer.moments()]
      if (!journal) return at
      const marked = { ...at, log: await journal.mark() }
      checkFinite(parameters, at.step)
      const state = { position: marked, examples, vocabulary: run.vocabulary.hash, origin: run.origin }
      await writeCheckpoint(last, model(parameters), moments, state)
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

function checkSame(before: SavedState, run: Run, examples: string): void {
  if (before.vocabulary !== run.vocabulary.hash)
    throw new DataError(`${run.out} was trained with another vocabulary; --resume needs the same --vocab`)
  if (before.examples !== examples)
    throw new DataError(
      `${run.out} was trained on other examples, or validated on others; --resume needs the same, in the same order`,
    )
  const [then, now] = [before.origin, run.origin].map(
    (origin) => new Map(Object.entries(origin as object)),
  ) as [Map<string, unknown>, Map<string, unknown>]
  const told = (value: unknown) => JSON.stringify(value) ?? 'not given'
  then.delete('references') // they follow from the examples; older runs do not say
  now.delete('references')
  for (const name of new Set([...then.keys(), ...now.keys()]))
    if (told(then.get(name)) !== told(now.get(name)))
      throw new DataError(
        `--${name} was ${told(then.get(name))} when ${run.out} was begun and is ${told(now.get(name))} now; ` +
          '--resume goes on with what it was',
      )
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
