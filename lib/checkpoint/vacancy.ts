/** Whether a folder may be written to: a model that is there is not replaced by accident. */
import { currentPath } from '../files/transaction.js'
import { DataError } from '../errors.js'

/** Whether a folder holds a model, or part of one. */
export async function holdsModel(directory: string): Promise<boolean> {
  for (const name of ['config.json', 'model.safetensors'])
    if ((await currentPath(directory, name)) !== undefined) return true
  return false
}

/**
 * Makes sure that writing a model to a folder replaces none.
 *
 * @throws DataError where the folder holds a model or a training run, unless `overwrite` is set
 */
export async function checkVacant(directory: string, overwrite: boolean): Promise<void> {
  if (overwrite || !(await holdsModel(directory))) return
  const isRun = (await currentPath(directory, 'log.jsonl')) !== undefined
  throw new DataError(
    `${directory} holds ${isRun ? 'a training run' : 'a model'} already; --overwrite replaces it, another --out keeps it`,
  )
}
