/** What a caller of the library may give a stage beside records and options. */
import type { DataError } from '../errors.js'

export interface Call {
  /** Stops the stage: `train` saves and ends, the others throw the signal's reason. */
  signal?: AbortSignal | undefined
  /** Receives what the command would say on stderr; default: nothing is said. */
  note?: ((message: string) => void) | undefined
  /** Receives what is wrong with a record, which is then left out; default: it is thrown. */
  reject?: ((error: DataError, record: object | undefined) => void) | undefined
  /** Receives how much of the work is done, in units such as images or steps. */
  progress?: ((done: number, unit: string, total: number | undefined) => void) | undefined
}
