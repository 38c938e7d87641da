/** What the main thread and the threads of decode-worker.ts send each other. */
import type { Program } from '../../engine/engine.js'
import type { SlotLayout } from '../batching/slots.js'
import type { Choices } from '../search/search.js'

/** A request to a thread; each is answered, in order. */
export type WorkerRequest =
  /** Packs the programs into files of this folder, and answers with those. */
  | { kind: 'pack'; programs: Programs; folder: string }
  /** Opens the programs. `features` is memory that both threads see. */
  | { kind: 'open'; programs: Programs; layout: SlotLayout; threads: number; features: Float32Array }
  /** Encodes images; the answer is their first words. */
  | { kind: 'encode'; count: number }
  /** Loads the image of this index among those encoded last. */
  | { kind: 'load'; slot: number; image: number }
  | { kind: 'step'; words: Int32Array; parents: Int32Array; positions: Int32Array }
  | { kind: 'close' }

export type WorkerAnswer = Choices | readonly Choices[] | Programs | { readonly failure: string } | undefined

export interface Programs {
  readonly encode: Program
  readonly step: Program
}

/** The memory of programs, to be transferred with them instead of copied. */
export const memoryOf = ({ encode, step }: Programs): ArrayBuffer[] =>
  [encode, step].flatMap(({ model }) => (typeof model === 'string' ? [] : [model.buffer as ArrayBuffer])) // never shared memory
