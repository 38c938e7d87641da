/**
 * The program of a lane's thread: a machine of its own, which lanes.ts tells what to do.
 */
import { parentPort } from 'node:worker_threads'
import { openProgram, packProgram } from '../../engine/onnxruntime/program.js'
import { messageOf } from '../../errors.js'
import { release } from './memory.js'
import { memoryOf, type LaneAnswer, type LaneRequest } from './messages.js'
import type { Encoded, SlotMachine } from '../batching/scheduler.js'
import { seat } from '../batching/slots.js'

/** Missing until it is opened, which comes before all but packing and closing. */
let machine: SlotMachine<number> | undefined
let encoded: readonly Encoded[] = []

parentPort!.on('message', (request: LaneRequest) => {
  void answer(request)
    .catch((error: unknown): LaneAnswer => ({ failure: messageOf(error) }))
    .then((answered) => parentPort!.postMessage(answered))
})

async function answer(request: LaneRequest): Promise<LaneAnswer> {
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
      const { programs, seating, threads, features } = request
      const options = { device: 'cpu', threads } as const
      const encode = await openProgram(programs.encode, options)
      const step = await openProgram(programs.step, options)
      machine = seat(encode, step, seating, { readFeatures: async (_, out) => out.set(features) })
      return undefined
    }
    case 'encode': {
      encoded = await machine!.encode(Array.from({ length: request.count }, (_, i) => i))
      return encoded.map(({ first }) => first)
    }
    case 'load':
      machine!.load(request.slot, encoded[request.image]!) // one of those encoded last
      return undefined
    case 'step':
      return machine!.step(request.words, request.parents, request.positions)
    case 'close':
      machine?.dispose()
      parentPort!.unref()
      return undefined
  }
}
