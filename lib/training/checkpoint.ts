/** A checkpoint: the model, Adam's moments, and state.json, whose checksums tell damage from a changed option. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import * as z from 'zod'
import {
  readModelDirectory,
  readTrainingPosition,
  readTrainingState,
  writeModelDirectory,
} from '../checkpoint/directory.js'
import { DataError } from '../errors.js'
import { firstNonFinite } from '../formats/floats.js'
import { misfitOf } from '../formats/misfit.js'
import type { HostTensors } from '../tensor.js'
import { position } from './state.js'

/** What state.json holds beside checksums. */
const savedState = z.strictObject({
  position,
  /** Hashes of the examples and the vocabulary. */
  examples: z.string(),
  vocabulary: z.string(),
  /** The options that decided the result, by flag; checked by entries, since a name may be `__proto__`. */
  origin: z.unknown().refine((value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
})

export type SavedState = z.infer<typeof savedState>

/** SHA-256 of the state, of the parameters, of the moments; missing in checkpoints of older versions. */
const checksums = z.strictObject({ state: z.string(), parameters: z.string(), moments: z.string() })

type Model = Parameters<typeof writeModelDirectory>[1]

/** Writes a checkpoint; the one before stays whole until this one is. */
export async function writeCheckpoint(
  directory: string,
  model: Model,
  moments: HostTensors,
  state: SavedState,
): Promise<void> {
  const tensors = { parameters: hashOfTensors(model.parameters), moments: hashOfTensors(moments) }
  const sums = { state: hashOf(state, tensors), ...tensors }
  await writeModelDirectory(directory, model, { tensors: moments, state: { ...state, checksums: sums } })
}

/**
 * The state of a checkpoint, without its tensors.
 *
 * @returns undefined where there is no checkpoint
 * @throws DataError where state.json is damaged
 */
export async function readSavedState(directory: string): Promise<SavedState | undefined> {
  return (await readState(directory))?.state
}

/**
 * The tensors of a checkpoint.
 *
 * @throws DataError naming the file that is damaged
 */
export async function readCheckpoint(
  directory: string,
): Promise<{ parameters: HostTensors; moments: HostTensors }> {
  const saved = await readState(directory)
  const { parameters } = await readModelDirectory(directory)
  const moments = (await readTrainingState(directory))?.tensors
  if (!saved || !moments) throw new DataError(`${directory} was emptied while it was being read`)
  checkMoments(moments, parameters, directory)
  if (saved.sums && hashOfTensors(parameters) !== saved.sums.parameters)
    throw damaged(directory, 'model.safetensors', changed)
  if (saved.sums && hashOfTensors(moments) !== saved.sums.moments)
    throw damaged(directory, 'training.safetensors', changed)
  return { parameters, moments }
}

const changed = 'its checksum is not the one that was saved'

const damaged = (directory: string, file: string, what: string) =>
  new DataError(
    `${join(directory, file)} is damaged: ${what}. A copy of ${directory} may be whole; --from with another --out begins ` +
      'a new run from a model',
  )

async function readState(directory: string) {
  const found = await readTrainingPosition(directory)
  if (found === undefined) return undefined
  if (typeof found !== 'object' || found === null)
    throw damaged(directory, 'state.json', 'expected an object')
  const { checksums: given, ...rest } = found as Record<string, unknown> // an object has names
  const sums = checksums.optional().safeParse(given)
  if (!sums.success) throw damaged(directory, 'state.json', misfitOf(sums.error))
  if (sums.data && hashOf(rest, sums.data) !== sums.data.state)
    throw damaged(directory, 'state.json', changed)
  const parsed = savedState.safeParse(rest)
  if (parsed.success) return { state: parsed.data, sums: sums.data }
  const what = misfitOf(parsed.error)
  if (sums.data) throw new DataError(`${join(directory, 'state.json')} is not this version's: ${what}`)
  throw damaged(directory, 'state.json', what)
}

/** Adam's moments are there for each parameter that is trained, finite, the second ones not negative. */
function checkMoments(moments: HostTensors, parameters: HostTensors, directory: string): void {
  for (const [name, { data, shape, dtype }] of Object.entries(moments)) {
    const [, moment, of = ''] = /^adam\.([mv])\.(.*)$/.exec(name) ?? []
    const expected = Object.hasOwn(parameters, of) ? parameters[of]?.shape.join() : undefined
    const misfit =
      dtype !== 'float32' || shape.join() !== expected
        ? `${name} does not fit the model`
        : firstNonFinite(data as Float32Array) >= 0 // as its dtype says
          ? `${name} is not finite`
          : moment === 'v' && (data as Float32Array).some((value) => value < 0)
            ? `${name} is negative`
            : undefined
    if (misfit) throw damaged(directory, 'training.safetensors', misfit)
  }
}

/** Of the state and of the other checksums. */
const hashOf = (state: object, { parameters, moments }: { parameters: string; moments: string }): string =>
  createHash('sha256')
    .update(JSON.stringify([state, parameters, moments]))
    .digest('hex')

function hashOfTensors(tensors: HostTensors): string {
  const sum = createHash('sha256')
  for (const name of Object.keys(tensors).sort()) {
    const { data } = tensors[name]!
    sum.update(`${name}\n`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  return sum.digest('hex')
}
