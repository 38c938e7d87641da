import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Engine } from '../../engine/engine.js'
import { DataError } from '../../errors.js'
import { cannotWrite } from '../../files/refusal.js'
import { returnLargeBlocks } from './malloc.js'
import { memoryOf, type LaneAnswer, type LaneRequest, type Programs } from './messages.js'
import { describeMachine, type MachineOptions } from '../batching/runner.js'
import type { Encoded, SlotMachine } from '../batching/scheduler.js'
import type { Choices } from '../search/search.js'
import type { Seating } from '../batching/slots.js'

/**
 * Several machines for one stream of images, each in a thread of its own. The products of a step are too small to be
 * worth dividing among cores; a machine a core is nearly as many times as fast.
 *
 * The model is recorded once, and packed once, in a folder for temporary files; all threads map what is there.
 *
 * @param options whose models' parameters are not needed any more when this returns
 * @param threads of each machine's products
 * @throws DataError where the engine computes in one thread only, or there is no folder for temporary files
 */
export function openLanes<Image>(
  engine: Engine,
  options: Omit<MachineOptions<Image>, 'noise'>,
  { lanes, threads }: { readonly lanes: number; readonly threads: number },
): SlotMachine<Image>[] {
  if (!engine.program) throw new DataError(`the engine ${engine.name} cannot decode in several threads here`)
  const { encode, step, seating } = describeMachine(options)
  const programs: Programs = {
    encode: engine.program('encode', encode.fn, encode.signature),
    step: engine.program('decode-step', step.fn, step.signature),
  }
  returnLargeBlocks()
  const folder = temporaryFolder()
  const asks = Array.from({ length: lanes }, () => startThread())
  const packed = asks[0]!({ kind: 'pack', programs, folder: folder.path }, memoryOf(programs))
  const opened: Promise<unknown>[] = []
  const side = asks.map((ask) => {
    const features = sharedFeatures(seating)
    const open = packed.then(
      (programs) => ask({ kind: 'open', programs: programs as Programs, seating, threads, features }), // as lane.ts answers it
    )
    opened.push(open)
    return lane(ask, open, { ...seating, features }, options)
  })
  // A failure is said to whoever encodes.
  void Promise.allSettled(opened).then(() => folder.remove())
  return side
}

/**
 * A folder of our own, which is removed when nobody needs it any more, or the program ends.
 *
 * @throws DataError where there is none for temporary files
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

type Answer = Exclude<LaneAnswer, { failure: string }>
type Ask = (request: LaneRequest, transfer?: readonly ArrayBuffer[]) => Promise<Answer>

function lane<Image>(
  ask: Ask,
  opened: Promise<unknown>,
  { slots, rows, encodeBatch, features }: Seating & { readonly features: Float32Array },
  { readFeatures }: Pick<MachineOptions<Image>, 'readFeatures'>,
): SlotMachine<Image> {
  return {
    slots,
    rows,
    encodeBatch,
    async encode(images) {
      await opened
      features.fill(0)
      await readFeatures(images, features)
      const words = (await ask({ kind: 'encode', count: images.length })) as readonly Choices[] // as lane.ts answers it
      return words.map((first, image): Numbered => ({ image, first }))
    },
    load(slot, encoded) {
      const { image } = encoded as Numbered // as encode made it
      void ask({ kind: 'load', slot, image })
    },
    step: async (words, parents, positions) =>
      (await ask({ kind: 'step', words, parents, positions })) as Choices, // as lane.ts answers it
    dispose: () => void ask({ kind: 'close' }),
  }
}

const sharedFeatures = ({ encodeBatch, regions, featureWidth }: Seating) =>
  new Float32Array(
    new SharedArrayBuffer(encodeBatch * regions * featureWidth * Float32Array.BYTES_PER_ELEMENT),
  )

interface Numbered extends Encoded {
  readonly image: number
}

/** Starts a thread; what it is asked it answers in order. While nothing is asked it keeps no program from ending. */
function startThread(): Ask {
  const worker = new Worker(new URL('./decode-worker.js', import.meta.url))
  const waiting: { resolve(answer: Answer): void; reject(error: Error): void }[] = []
  worker.unref()
  worker.on('message', (answer: LaneAnswer) => {
    const { resolve, reject } = waiting.shift()!
    if (waiting.length === 0) worker.unref()
    if (answer && 'failure' in answer) reject(new DataError(answer.failure))
    else resolve(answer)
  })
  worker.on('error', (error) => {
    for (const { reject } of waiting.splice(0)) reject(error)
  })
  return (request, transfer = []) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
      worker.ref()
      worker.postMessage(request, transfer)
    })
}
