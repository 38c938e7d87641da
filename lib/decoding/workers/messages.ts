import type { Program } from '../../engine/engine.js'
import type { Choices } from '../search/search.js'
import type { Seating } from '../batching/slots.js'

/** What a thread is asked; each request is answered, in order. */
export type LaneRequest =
  /** Packs the programs, in files of this folder, and answers with those. */
  | { kind: 'pack'; programs: Programs; folder: string }
  /** Opens the programs. Features will lie in memory that both threads see. */
  | { kind: 'open'; programs: Programs; seating: Seating; threads: number; features: Float32Array }
  /** Encodes images; the answer is their first words. */
  | { kind: 'encode'; count: number }
  /** Loads the image of this index among those encoded last. */
  | { kind: 'load'; slot: number; image: number }
  | { kind: 'step'; words: Int32Array; parents: Int32Array; positions: Int32Array }
  | { kind: 'close' }

export type LaneAnswer = Choices | readonly Choices[] | Programs | { readonly failure: string } | undefined

export interface Programs {
  readonly encode: Program
  readonly step: Program
}

/** The memory of programs, which they take with them where they are handed on: nothing is copied, and nothing kept. */
export const memoryOf = ({ encode, step }: Programs): ArrayBuffer[] =>
  [encode, step].flatMap(({ model }) => (typeof model === 'string' ? [] : [model.buffer as ArrayBuffer])) // no other is made
