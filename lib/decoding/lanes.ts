import { Worker } from 'node:worker_threads'
import type { Engine } from '../engine/engine.js'
import { DataError } from '../errors.js'
import { discard, memoryOf, type LaneAnswer, type LaneRequest, type Programs } from './messages.js'
import { describeMachine, type MachineOptions } from './machine.js'
import type { Encoded, SlotMachine } from './scheduler.js'
import type { Choices } from './search.js'
import type { Seating } from './seats.js'

/**
 * Several machines for one stream of images, each in a thread of its own. The products of a step are too small to be
 * worth dividing among cores; a machine a core is nearly as many times as fast.
 *
 * The model is recorded once and goes from thread to thread; each packs its parameters for itself, and those that are
 * ready decode meanwhile.
 *
 * @param threads of each machine's products
 * @throws DataError where the engine computes in one thread only
 */
export function openLanes<Image>(
  engine: Engine,
  options: Omit<MachineOptions<Image>, 'noise'>,
  { lanes, threads }: { readonly lanes: number; readonly threads: number },
): SlotMachine<Image>[] {
  if (!engine.program) throw new DataError(`the engine ${engine.name} cannot decode in several threads here`)
  const { encode, step, seating } = describeMachine(options)
  let programs = Promise.resolve<Programs>({
    encode: engine.program('encode', encode.fn, encode.signature),
    step: engine.program('decode-step', step.fn, step.signature),
  })
  const side = Array.from({ length: lanes }, () => {
    const ask = startThread()
    const features = sharedFeatures(seating)
    programs = programs.then(
      async (programs) =>
        (await ask({ kind: 'open', programs, seating, threads, features }, memoryOf(programs))) as Programs, // as lane.ts answers it
    )
    const opened = programs.then(() => undefined)
    opened.catch(() => undefined) // likewise
    return lane(ask, opened, { ...seating, features }, options)
  })
  programs.then(discard, () => undefined) // a failure is said to whoever encodes
  return side
}

type Answer = Exclude<LaneAnswer, { failure: string }>
type Ask = (request: LaneRequest, transfer?: readonly ArrayBuffer[]) => Promise<Answer>

function lane<Image>(
  ask: Ask,
  opened: Promise<unknown>,
  { slots, rows, encodeBatch, features }: Seating & { readonly features: Float32Array },
  { readFeatures }: Pick<MachineOptions<Image>, 'readFeatures'>,
): SlotMachine<Image> {
  let count = 0
  return {
    slots,
    rows,
    encodeBatch,
    async encode(images) {
      await opened
      features.fill(0)
      await readFeatures(images, features)
      const first = count
      count += images.length
      await ask({ kind: 'encode', first, count: images.length })
      return images.map((_, i): Numbered => ({ image: first + i }))
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
  const worker = new Worker(new URL('./lane.js', import.meta.url))
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
