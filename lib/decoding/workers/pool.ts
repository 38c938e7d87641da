/** Several runners for one stream of images, each in a thread of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Engine } from '../../engine/engine.js'
import { DataError } from '../../errors.js'
import { cannotWrite } from '../../files/refusal.js'
import { returnLargeBlocks } from './memory.js'
import { memoryOf, type WorkerAnswer, type WorkerRequest, type Programs } from './messages.js'
import { describeRunner, type RunnerOptions } from '../batching/runner.js'
import type { Choices } from '../search/search.js'
import type { Encoded, SlotLayout, SlotRunner } from '../batching/slots.js'

/**
 * Opens runners side by side. The products of a step are too small to be worth dividing among cores; one runner a core is
 * nearly as many times as fast.
 *
 * The model is recorded once, and packed once, in a folder for temporary files; all threads map the files there.
 *
 * @param options the models' parameters may be freed when this returns
 * @param threads of each runner's products
 * @throws DataError where the engine computes in one thread only, or no temporary folder can be made
 */
export function openWorkers<Image>(
  engine: Engine,
  options: Omit<RunnerOptions<Image>, 'noise'>,
  { workers, threads }: { readonly workers: number; readonly threads: number },
): SlotRunner<Image>[] {
  if (!engine.program) throw new DataError(`the engine ${engine.name} cannot decode in several threads here`)
  const { encode, step, layout } = describeRunner(options)
  const programs: Programs = {
    encode: engine.program('encode', encode.fn, encode.signature),
    step: engine.program('decode-step', step.fn, step.signature),
  }
  returnLargeBlocks()
  const folder = temporaryFolder()
  const asks = Array.from({ length: workers }, () => startThread())
  const packed = asks[0]!({ kind: 'pack', programs, folder: folder.path }, memoryOf(programs))
  const opened: Promise<unknown>[] = []
  const runners = asks.map((ask) => {
    const features = sharedFeatures(layout)
    const open = packed.then(
      (programs) => ask({ kind: 'open', programs: programs as Programs, layout, threads, features }), // as decode-worker.ts answers it
    )
    opened.push(open)
    return workerRunner(ask, open, { ...layout, features }, options)
  })
  // A failure reaches the caller of `encode`.
  void Promise.allSettled(opened).then(() => folder.remove())
  return runners
}

/**
 * A temporary folder, removed by `remove` or when the program ends.
 *
 * @throws DataError where none can be made
 */
function temporaryFolder(): { path: string; remove(): void } {
  const path = temporary(join(tmpdir(), 'm2-decode-'))
  const remove = () => {
    process.off('exit', remove)
    try {
      rmSync(path, { recursive: true, force: true })
    } catch {} // Windows keeps files that are mapped
  }
  process.once('exit', remove)
  return { path, remove }
}

function temporary(prefix: string): string {
  try {
    return mkdtempSync(prefix)
  } catch (error) {
    const { message } = cannotWrite(`${prefix}*`, error)
    const help = 'TMPDIR names another folder for packed parameters; --jobs 1 needs none'
    throw new DataError(`${message}. ${help}.`, { cause: error })
  }
}

type Answer = Exclude<WorkerAnswer, { failure: string }>
type Ask = (request: WorkerRequest, transfer?: readonly ArrayBuffer[]) => Promise<Answer>

/** A runner whose work a thread does. */
function workerRunner<Image>(
  ask: Ask,
  opened: Promise<unknown>,
  { slots, rows, encodeBatch, features }: SlotLayout & { readonly features: Float32Array },
  { readFeatures }: Pick<RunnerOptions<Image>, 'readFeatures'>,
): SlotRunner<Image> {
  return {
    slots,
    rows,
    encodeBatch,
    async encode(images) {
      await opened
      features.fill(0)
      await readFeatures(images, features)
      const words = (await ask({ kind: 'encode', count: images.length })) as readonly Choices[] // as decode-worker.ts answers it
      return words.map((first, image): Numbered => ({ image, first }))
    },
    load(slot, encoded) {
      const { image } = encoded as Numbered // as encode made it
      ask({ kind: 'load', slot, image }).catch(() => undefined) // the next step fails as well
    },
    step: async (words, parents, positions) =>
      (await ask({ kind: 'step', words, parents, positions })) as Choices, // as decode-worker.ts answers it
    dispose: () => void ask({ kind: 'close' }).catch(() => undefined), // a thread that has ended is closed
  }
}

const sharedFeatures = ({ encodeBatch, regions, featureWidth }: SlotLayout) =>
  new Float32Array(
    new SharedArrayBuffer(encodeBatch * regions * featureWidth * Float32Array.BYTES_PER_ELEMENT),
  )

interface Numbered extends Encoded {
  readonly image: number
}

/**
 * Starts a thread that answers requests in order. While none is waiting, the thread does not keep the process alive. When it
 * ends, all requests fail.
 */
function startThread(): Ask {
  const worker = new Worker(new URL('./decode-worker.js', import.meta.url))
  const waiting: { resolve(answer: Answer): void; reject(error: Error): void }[] = []
  let ended: Error | undefined
  const end = (error: Error) => {
    ended ??= error
    for (const { reject } of waiting.splice(0)) reject(ended)
  }
  worker.unref()
  worker.on('message', (answer: WorkerAnswer) => {
    const { resolve, reject } = waiting.shift()!
    if (waiting.length === 0) worker.unref()
    if (answer && 'failure' in answer) reject(new DataError(answer.failure))
    else resolve(answer)
  })
  worker.on('error', end)
  worker.on('exit', () => end(new Error('a decoding thread has ended')))
  return (request, transfer = []) =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended)
      waiting.push({ resolve, reject })
      worker.ref()
      worker.postMessage(request, transfer)
    })
}
