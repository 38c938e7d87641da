import { DataError } from '../errors.js'
import type { HostTensors, Specs } from '../tensor.js'
import type { Tensor } from './tfjs.js'

/**
 * The seam between the model and what computes it. A function over tfjs tensors is compiled once for the shapes it
 * will see, and then run on values in host memory; it never knows where it runs.
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
   * Records a function for other threads to open, each on its own (onnxruntime/program.ts); missing where the engine
   * computes in one thread only, or on one device.
   *
   * @throws DataError as {@link compile}
   */
  program?(name: string, fn: EngineFunction, signature: Omit<Signature, 'state'>): Program
  /** Takes tensors over: parameters and moments, which stay where the engine computes. */
  state(initial: HostTensors): State
  /**
   * A state of these tensors themselves, where the engine computes in the host's memory: what is changed in them between
   * two runs counts. They have one buffer each, so a function may replace an entry only where it does not read it, or
   * reads an element for the sake of the same element alone.
   */
  hostState?(tensors: HostTensors): State
  /** Threads that it computes with. */
  readonly threads: number
  /**
   * Bytes that went in and out so far: inputs, outputs, and what was read or written of state that lives on a device. State
   * that a run reads and replaces where it is counts for nothing.
   */
  transferred(): number
  /** How much it holds, so that a leak shows. */
  memory(): { readonly tensors: number; readonly sessions: number }
  dispose(): void
}

export const engineNames = ['onnxruntime', 'tensorflow', 'cpu'] as const
export type EngineName = (typeof engineNames)[number]

export const devices = ['cpu', 'webgpu', 'cuda'] as const
export type Device = (typeof devices)[number]

/** What products with constants are computed in; see onnxruntime/quantize.ts. */
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
   * The same, but the engine's own memory where that can be, good until the next run. What is changed in it counts once
   * it is given to `write`.
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

/** A function of inputs and constants as plain data, which threads may hand each other. */
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
  /** onnxruntime's sessions kept open at once, the one unused for longest making way; default: 8. */
  readonly sessions?: number | undefined
  /** int8: smaller and faster, a little less exact; of the engine onnxruntime only. */
  readonly precision?: Precision | undefined
}

/**
 * @throws DataError where the engine's package or the device is not there, saying what to install
 */
export async function createEngine({
  engine = 'onnxruntime',
  device = 'cpu',
  threads,
  sessions,
  precision = 'float32',
}: EngineOptions): Promise<Engine> {
  if (engine === 'onnxruntime') {
    const { createOnnxruntime } = await import('./onnxruntime/engine.js')
    return await createOnnxruntime({ device, threads, sessions, precision })
  }
  if (precision !== 'float32')
    throw new DataError(
      `the engine ${engine} computes in float32, not in ${precision}; use --engine onnxruntime`,
    )
  if (engine === 'tensorflow') {
    const { createTensorflow } = await import('./tensorflow.js')
    return await createTensorflow({ device })
  }
  if (device !== 'cpu')
    throw new DataError(`the engine cpu computes on the cpu, not on ${device}; use --engine onnxruntime`)
  const { createEager } = await import('./eager.js')
  return createEager('cpu', 'cpu')
}
