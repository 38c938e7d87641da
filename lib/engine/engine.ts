/** The types of compute engines: what compiles and runs functions of tensors. */
import type { HostTensors, Specs } from '../tensor.js'
import type { Tensor } from './tfjs.js'

/**
 * What computes the model. A function over tfjs tensors is compiled once for the shapes it will see, and then run on
 * values in host memory; it never knows where it runs.
 */
export interface Engine {
  readonly name: EngineName
  /**
   * Makes a function ready to run. Functions may share one {@link State}: a training step for each length of captions,
   * or a decoder step between training steps.
   *
   * @throws DataError where the engine cannot run the function, naming the operation
   */
  compile(name: string, fn: EngineFunction, signature: Signature): Promise<Compiled>
  /**
   * Records a function that other threads can open, each for itself (onnxruntime/program.ts); missing where the engine
   * computes in one thread only, or not on the CPU.
   *
   * @throws DataError as {@link compile}
   */
  program?(name: string, fn: EngineFunction, signature: Omit<Signature, 'state'>): Program
  /** Makes tensors the engine's own: parameters and moments, which stay where it computes. */
  state(initial: HostTensors): State
  /**
   * A state of these tensors themselves, without a copy, where the engine computes in host memory: the next run sees what
   * is changed in them. They have one buffer each, so a function may replace an entry only if it does not read it, or if
   * each new element depends on the old element at the same place only.
   */
  hostState?(tensors: HostTensors): State
  /** Threads that it computes with. */
  readonly threads: number
  /**
   * Bytes that went in and out so far: inputs, outputs, and what was read or written of state that lives on a device. State
   * that a run reads and replaces where it is counts for nothing.
   */
  transferred(): number
  /** How much it holds, so that tests find leaks. */
  memory(): { readonly tensors: number; readonly sessions: number }
  dispose(): void
}

export const engineNames = ['onnxruntime', 'tensorflow', 'cpu'] as const
export type EngineName = (typeof engineNames)[number]

export const devices = ['cpu', 'webgpu', 'cuda'] as const
export type Device = (typeof devices)[number]

/** The number format of products with constants; see onnx/quantize.ts. */
export const precisions = ['float32', 'int8'] as const
export type Precision = (typeof precisions)[number]

export type Tensors = Readonly<Record<string, Tensor>>

/**
 * What is compiled: a pure function of its tensors. `state` holds the entries of the signature's state and its
 * constants; the entries it returns replace those of the state, the others stay.
 */
export type EngineFunction = (inputs: Tensors, state: Tensors) => { outputs: Tensors; state?: Tensors }

export interface Signature {
  readonly inputs: Specs
  readonly state?: State
  /** Parameters that never change: the engine may pack them for its products. */
  readonly constants?: HostTensors
}

/** Named tensors that belong to the engine. */
export interface State {
  readonly specs: Specs
  /** Copies of the entries named, or of all. */
  read(names?: readonly string[]): Promise<HostTensors>
  /**
   * As `read`, but the engine's own memory where possible, valid until the next run. Changes in it take effect once they are
   * given to `write`.
   */
  view(names?: readonly string[]): Promise<HostTensors>
  /** Replaces entries; shapes and types must be those of the first. */
  write(entries: HostTensors): Promise<void>
  dispose(): void
}

export interface Compiled {
  /**
   * Runs the function once, and updates its state when it has succeeded.
   *
   * @param into tensors to write outputs of these names to, instead of new ones
   * @throws DataError where an input is missing or of another shape or type, or memory runs out
   */
  run(inputs: HostTensors, into?: HostTensors): Promise<HostTensors>
  dispose(): void
}

/** A function of inputs and constants as plain data, which can be sent to another thread. */
export interface Program {
  readonly name: string
  readonly inputs: Specs
  readonly outputs: Specs
  /** The inputs that its outputs depend on. */
  readonly needed: ReadonlySet<string>
  /** The function, with its constants; or the file that they are in. */
  readonly model: Uint8Array | string
}

export interface EngineOptions {
  readonly engine?: EngineName
  readonly device?: Device
  /** Threads of one operation; default: one a physical core. onnxruntime on the CPU only. */
  readonly threads?: number | undefined
  /** Sessions that onnxruntime keeps open, closing the least recently used one beyond that; default: 8. */
  readonly sessions?: number | undefined
  /** int8 is smaller and faster and a little less exact; the engine onnxruntime only. */
  readonly precision?: Precision | undefined
}
