import { join } from 'node:path'
import { z } from 'zod'
import { readModelDirectory, readTrainingState, writeModelDirectory } from '../checkpoint/directory.js'
import { DataError } from '../errors.js'
import type { HostTensors } from '../tensor.js'
import { objectives } from './course.js'
import type { Run } from './run.js'

/** Where a run is, beside its tensors. Everything random follows from the seed and these numbers. */
export const position = z.object({
  course: z.object({
    objective: z.enum(objectives),
    epoch: z.number().int(),
    epochOfObjective: z.number().int(),
    best: z.number().nullable(),
    stale: z.number().int(),
  }),
  /** Batches done of the epoch under way. */
  batch: z.number().int(),
  /** Updates of this run, and of the current optimizer. */
  step: z.number().int(),
  update: z.number().int(),
  /** Sum and number of the losses of the epoch under way. */
  losses: z.object({ sum: z.number(), steps: z.number().int() }),
  guard: z.object({ reward: z.number().nullable(), best: z.number().nullable(), steps: z.number().int() }),
  /** Bytes of the log that are from before. */
  log: z.number().int(),
  done: z.boolean(),
})

export type Position = z.infer<typeof position>

const stored = z.object({
  position,
  examples: z.string(),
  vocabulary: z.string(),
  origin: z.record(z.string(), z.unknown()),
})

/** The parts of a run's folder: the best model is the folder itself. */
export const lastOf = (out: string) => join(out, 'last')
export const xeOf = (out: string) => join(out, 'xe')
export const logOf = (out: string) => join(out, 'log.jsonl')

export interface Saved {
  readonly position: Position
  readonly parameters: HostTensors
  readonly moments: HostTensors
}

/** Writes a model of this run; with a position and moments, one to resume from. */
export async function save(
  folder: string,
  run: Run,
  parameters: HostTensors,
  resume?: { position: Position; moments: HostTensors; examples: string },
): Promise<void> {
  const model = {
    config: { model: run.config, decode: { beam: run.beam, maxLength: run.length }, origin: run.origin },
    parameters,
    vocabulary: run.vocabulary,
  }
  const state = resume && {
    position: resume.position,
    examples: resume.examples,
    vocabulary: run.vocabulary.hash,
    origin: run.origin,
  }
  await writeModelDirectory(folder, model, resume && { tensors: resume.moments, state })
}

/**
 * Reads what a run left to resume from; undefined where it left nothing yet.
 *
 * @throws DataError where the run was another one: other examples, another vocabulary, an option changed
 */
export async function load(run: Run, examples: string): Promise<Saved | undefined> {
  const folder = lastOf(run.out)
  const state = await readTrainingState(folder)
  if (!state) return undefined
  const parsed = stored.safeParse(state.state)
  if (!parsed.success)
    throw new DataError(`${folder}/state.json is not this version's: ${parsed.error.issues[0]?.message}`)
  const before = parsed.data
  if (before.vocabulary !== run.vocabulary.hash)
    throw new DataError(`${run.out} was trained with another vocabulary; --resume needs the same --vocab`)
  if (before.examples !== examples)
    throw new DataError(
      `${run.out} was trained on other examples; --resume needs the same ones, in the same order`,
    )
  for (const name of new Set([...Object.keys(before.origin), ...Object.keys(run.origin)])) {
    const [then, now] = [before.origin[name], run.origin[name]].map(
      (value) => JSON.stringify(value) ?? 'nothing',
    )
    if (then !== now)
      throw new DataError(
        `--${name} was ${then} when ${run.out} was begun and is ${now} now; --resume goes on with what it was`,
      )
  }
  const { parameters } = await readModelDirectory(folder)
  return { position: before.position, parameters, moments: state.tensors }
}
