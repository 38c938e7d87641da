/** What ONNX Runtime's errors mean, and what to do about them. */
import { DataError, messageOf } from '../../errors.js'

/** @returns a DataError where memory ran out, a card was lost or is too small; else an error that names the function */
export function failure(name: string, error: unknown): Error {
  const message = messageOf(error)
  if (/device (?:was |is )?lost|DEVICE_LOST|DEVICE_REMOVED/i.test(message))
    return new DataError(
      `${name}: the graphics card was lost, as when its driver restarts; run the command again, m2 train with --resume. ` +
        `(${message})`,
      { cause: error },
    )
  if (/binding size|maxStorageBuffer|max(?:imum)? buffer size|BufferSize/i.test(message))
    return new DataError(
      `${name}: a tensor is larger than this graphics card lets a program bind; --micro-batch, or a smaller --batch-size, ` +
        `makes them smaller. (${message})`,
      { cause: error },
    )
  if (/alloc|out of memory|not enough memory/i.test(message))
    return new DataError(
      `${name}: memory ran out; a smaller batch, or fewer beams or slots, need less. (${message})`,
      {
        cause: error,
      },
    )
  return new Error(`${name}: ${message}`, { cause: error })
}
