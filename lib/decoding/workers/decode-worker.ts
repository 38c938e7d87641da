/** The program of a decoding thread: a runner of its own, which does what pool.ts asks. */
import { parentPort } from 'node:worker_threads'
import { openProgram, packProgram } from '../../engine/onnxruntime/program.js'
import { messageOf } from '../../errors.js'
import { release } from './memory.js'
import { memoryOf, type WorkerAnswer, type WorkerRequest } from './messages.js'
import { createSlots, type Encoded, type SlotRunner } from '../batching/slots.js'

/** Missing until `open`, which comes before every request but `pack` and `close`. */
let runner: SlotRunner<number> | undefined
let encoded: readonly Encoded[] = []

parentPort!.on('message', (request: WorkerRequest) => {
  void answer(request)
    .catch((error: unknown): WorkerAnswer => ({ failure: messageOf(error) }))
    .then((answered) => parentPort!.postMessage(answered))
})

async function answer(request: WorkerRequest): Promise<WorkerAnswer> {
  switch (request.kind) {
    case 'pack': {
      const { programs, folder } = request
      try {
        return {
          encode: await packProgram(programs.encode, folder),
          step: await packProgram(programs.step, folder),
        }
      } finally {
        release(memoryOf(programs))
      }
    }
    case 'open': {
      const { programs, layout, threads, features } = request
      const options = { device: 'cpu', threads } as const
      const encode = await openProgram(programs.encode, options)
      const step = await openProgram(programs.step, options)
      runner = createSlots(encode, step, layout, { readFeatures: async (_, out) => out.set(features) })
      return undefined
    }
    case 'encode': {
      encoded = await runner!.encode(Array.from({ length: request.count }, (_, i) => i))
      return encoded.map(({ first }) => first)
    }
    case 'load':
      runner!.load(request.slot, encoded[request.image]!) // one of those encoded last
      return undefined
    case 'step':
      return runner!.step(request.words, request.parents, request.positions)
    case 'close':
      runner?.dispose()
      parentPort!.unref()
      return undefined
  }
}
