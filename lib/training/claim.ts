/** A training run's claim on its folder, before anything else is read: nobody else writes there, and nothing is replaced by accident. */
import { rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { holdsModel } from '../checkpoint/vacancy.js'
import { DataError } from '../errors.js'
import { lockFolder } from '../files/lock.js'
import { exists } from '../files/read.js'
import { makeDirectory } from '../files/replace.js'
import { currentPath, settle } from '../files/transaction.js'
import { onAnyRank, type Ranks } from './ranks.js'

export interface Claim {
  /** Lets others write to the folder. A folder that was made, and in which nothing was written, is deleted. */
  release(): Promise<void>
}

export interface ClaimOptions {
  /** Continue the run that is there, if there is one. */
  readonly resume: boolean
  /** Begin a new run whatever is there. */
  readonly overwrite: boolean
}

/**
 * Locks a folder for a run, made if need be, and finishes what a kill interrupted there. Every rank calls it; the first one does
 * it, before any other reads the folder.
 *
 * @throws DataError where another process writes there, or the folder holds a run or a model that this run would replace
 */
export async function claimFolder(out: string, ranks: Ranks, options: ClaimOptions): Promise<Claim> {
  if (ranks.rank > 0) {
    await onAnyRank(ranks, true)
    return { release: async () => {} }
  }
  const isNew = !(await exists(out))
  await makeDirectory(out)
  const lock = await lockFolder(out)
  async function release(): Promise<void> {
    await lock.release()
    if (isNew) await rmdir(out).catch(() => undefined) // unless the run has written something
  }
  try {
    for (const folder of [out, join(out, 'last'), join(out, 'xe')])
      if (await exists(folder)) await settle(folder)
    if (!options.overwrite) await checkReplaces(out, options.resume)
  } catch (error) {
    await release()
    throw error
  }
  await onAnyRank(ranks, true)
  return { release }
}

async function checkReplaces(out: string, resume: boolean): Promise<void> {
  const isRun = await exists(join(out, 'log.jsonl'))
  const isModel = await holdsModel(out)
  const isSaved = (await currentPath(join(out, 'last'), 'state.json')) !== undefined
  if (!isRun && !isSaved && isModel)
    throw new DataError(
      `${out} holds a model that no training run made here; --overwrite replaces it, another --out keeps it`,
    )
  if (!resume && (isModel || isSaved))
    throw new DataError(
      `${out} holds a run already; --resume continues it, --overwrite replaces it, another --out begins a new one`,
    )
}
