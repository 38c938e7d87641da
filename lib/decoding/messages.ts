import { MessageChannel } from 'node:worker_threads'
import type { Program } from '../engine/engine.js'
import type { Choices } from './search.js'
import type { Seating } from './seats.js'

/** What a thread is asked; each request is answered, in order. */
export type LaneRequest =
  /** Opens the programs, and hands them on. Features will lie in memory that both threads see. */
  | { kind: 'open'; programs: Programs; seating: Seating; threads: number; features: Float32Array }
  /** Encodes images, which are numbered from `first` on from then. */
  | { kind: 'encode'; first: number; count: number }
  | { kind: 'load'; slot: number; image: number }
  | { kind: 'step'; words: Int32Array; parents: Int32Array; positions: Int32Array }
  | { kind: 'close' }

export type LaneAnswer = Choices | Programs | { readonly failure: string } | undefined

export interface Programs {
  readonly encode: Program
  readonly step: Program
}

/** The memory that programs take with them as they are handed on: nothing is copied, and nothing kept. */
export const memoryOf = ({ encode, step }: Programs): ArrayBuffer[] =>
  [encode, step].map(({ bytes }) => bytes.buffer as ArrayBuffer) // no other is made

/** Gives the memory of programs back at once, which nobody else would claim for long: it is a model's size. */
export function discard(programs: Programs): void {
  const { port1, port2 } = new MessageChannel()
  port1.postMessage(undefined, memoryOf(programs))
  port1.close()
  port2.close()
}
