/** Requests to a worker thread and its answers, in order and typed on both sides. */
import { Worker, parentPort, type Transferable } from 'node:worker_threads'
import { DataError, messageOf } from './errors.js'

/** A thread that answers requests, one after another. */
export interface Thread<Request, Answer> {
  /**
   * Sends a request; several may be waiting at once.
   *
   * @param transfer memory that moves to the thread instead of being copied
   * @throws DataError as the thread's function threw it; an Error where that threw something else, or the thread is gone
   */
  ask(request: Request, transfer?: readonly Transferable[]): Promise<Answer>
  /** Stops the thread, whatever it does; requests that are waiting are rejected. */
  end(): void
}

/**
 * Starts a thread. While nothing is asked of it, it does not keep the process from ending.
 *
 * @param program a file that calls {@link answerRequests}; it stays beside the file that starts it (see bin/bundle.ts)
 * @param workerData what the program finds under this name in node:worker_threads
 */
export function startThread<Request, Answer>(program: URL, workerData?: unknown): Thread<Request, Answer> {
  const worker = new Worker(program, { workerData })
  const waiting: { resolve(answer: Answer): void; reject(error: Error): void }[] = []
  let gone: Error | undefined
  const leave = (error: Error) => {
    gone ??= error
    for (const { reject } of waiting.splice(0)) reject(gone)
  }
  worker.unref()
  worker.on('error', leave)
  worker.on('exit', (code) => leave(new Error(`the thread ${program.pathname} ended with code ${code}`)))
  worker.on('message', (reply: Reply<Answer>) => {
    const { resolve, reject } = waiting.shift()! // replies come in the order of requests
    if (waiting.length === 0) worker.unref()
    if ('answer' in reply) resolve(reply.answer)
    else reject(errorOf(reply))
  })
  return {
    ask: (request, transfer = []) =>
      new Promise((resolve, reject) => {
        if (gone) return reject(gone)
        worker.postMessage(request, transfer)
        waiting.push({ resolve, reject })
        worker.ref()
      }),
    end: () => void worker.terminate(),
  }
}

/**
 * In a thread: answers every request by this function, one after another.
 *
 * @param transferOf memory of an answer that moves to the asking thread instead of being copied
 */
export function answerRequests<Request, Answer>(
  answer: (request: Request) => Answer | Promise<Answer>,
  transferOf: (answer: Answer) => readonly Transferable[] = () => [],
): void {
  const port = parentPort! // only a worker thread calls this
  let before: Promise<unknown> = Promise.resolve()
  port.on('message', (request: Request) => {
    before = before.then(async () => {
      try {
        const answered = await answer(request)
        port.postMessage({ answer: answered } satisfies Reply<Answer>, transferOf(answered))
      } catch (error) {
        const stack = error instanceof Error ? error.stack : undefined
        port.postMessage({ message: messageOf(error), expected: error instanceof DataError, stack })
      }
    })
  })
}

type Reply<Answer> = { readonly answer: Answer } | Failure

interface Failure {
  readonly message: string
  /** Whether it was a DataError, and not a bug. */
  readonly expected: boolean
  readonly stack: string | undefined
}

function errorOf({ message, expected, stack }: Failure): Error {
  const error = expected ? new DataError(message) : new Error(message)
  return Object.assign(error, stack !== undefined && { stack })
}
