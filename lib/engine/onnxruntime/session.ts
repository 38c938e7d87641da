import ort from 'onnxruntime-node'
import { DataError, messageOf } from '../../errors.js'
import type { HostTensor } from '../../tensor.js'
import type { Compiled, Device, Engine, EngineFunction, Precision, Signature } from '../engine.js'
import { checkInputs, checkTensor } from '../signature.js'
import { toModel } from './model.js'
import { quantizeProducts } from './quantize.js'
import { allocate, createHostState, type HostState } from './state.js'
import { trace } from './trace.js'

export interface OnnxruntimeOptions {
  readonly device: Device
  readonly threads?: number
  readonly precision?: Precision
}

/** The engine that records a function as an ONNX graph and has ONNX Runtime compute it. */
export function createOnnxruntime(options: OnnxruntimeOptions): Engine {
  checkDevice(options.device)
  const states = new Map<object, HostState>()
  const compiled = new Set<Compiled>()
  return {
    name: 'onnxruntime',
    async compile(name, fn, signature) {
      const state = signature.state && hostState(states, signature.state)
      const made = await compile(name, fn, signature, state, options)
      const tracked: Compiled = {
        run: made.run,
        dispose() {
          compiled.delete(tracked)
          made.dispose()
        },
      }
      compiled.add(tracked)
      return tracked
    },
    state(initial) {
      const state = createHostState(initial, () => states.delete(state))
      states.set(state, state)
      return state
    },
    memory: () => ({
      tensors: [...states.keys()].reduce(
        (total: number, state) => total + Object.keys((state as HostState).specs).length,
        0,
      ),
      sessions: compiled.size,
    }),
    dispose() {
      for (const one of compiled) one.dispose()
      for (const state of states.values()) state.dispose()
    },
  }
}

async function compile(
  name: string,
  fn: EngineFunction,
  signature: Signature,
  state: HostState | undefined,
  options: OnnxruntimeOptions,
): Promise<Compiled> {
  const recorded = trace(name, fn, { ...signature, state: state?.specs ?? {} })
  const traced = options.precision === 'int8' ? quantizeProducts(recorded) : recorded
  const model = toModel(name, traced)
  const session = await createSession(name, model.bytes, options)
  const stateNames = Object.keys(traced.state).filter((key) => model.feeds.has(model.stateInput(key)))
  const updated = Object.keys(traced.updates)
  const outputs = Object.entries(traced.outputs).map(([key, { shape, dtype }]) => {
    return [key, { shape, dtype: dtype === 'int32' ? dtype : 'float32' }] as const
  })
  return {
    async run(inputs, into = {}) {
      checkInputs(name, inputs, signature.inputs)
      const results = Object.fromEntries(
        outputs.map(([key, spec]) => [
          key,
          into[key] ? checkTensor(name, key, into[key], spec) : allocate(spec),
        ]),
      )
      const feeds: Record<string, ort.Tensor> = {}
      const fetches: Record<string, ort.Tensor> = {}
      for (const [key, tensor] of Object.entries(inputs)) if (model.feeds.has(key)) feeds[key] = wrap(tensor)
      for (const [key, tensor] of Object.entries(results)) fetches[key] = wrap(tensor)
      if (state) {
        for (const key of stateNames) feeds[model.stateInput(key)] = wrap(state.current(key))
        for (const key of updated) fetches[model.stateOutput(key)] = wrap(state.next(key))
      }
      try {
        await session.run(feeds, fetches)
      } catch (error) {
        throw failure(name, error)
      }
      state?.advance(updated)
      return results
    },
    dispose: () => void session.release(),
  }
}

async function createSession(name: string, bytes: Uint8Array, { device, threads }: OnnxruntimeOptions) {
  try {
    return await ort.InferenceSession.create(bytes, {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      executionMode: 'sequential',
      // Patterns would reserve the peak of all at once, a third more than the arena needs as it goes.
      enableMemPattern: false,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...(threads ? { intraOpNumThreads: threads } : {}),
    })
  } catch (error) {
    throw failure(name, error)
  }
}

/** A view of host memory; nothing is copied. */
function wrap({ dtype, data, shape }: HostTensor): ort.Tensor {
  return dtype === 'int32'
    ? new ort.Tensor('int32', data, shape)
    : new ort.Tensor('float32', data as Float32Array, shape) // the other type that engines compute with
}

function hostState(states: Map<object, HostState>, state: object): HostState {
  const found = states.get(state)
  if (!found) throw new DataError('the state belongs to another engine, or was disposed')
  return found
}

function failure(name: string, error: unknown): Error {
  const message = messageOf(error)
  if (/allocate|bad_alloc|out of memory|not enough memory/i.test(message))
    return new DataError(`${name}: memory ran out; a smaller batch needs less. (${message})`, {
      cause: error,
    })
  return new Error(`${name}: ${message}`, { cause: error })
}

function checkDevice(device: Device): void {
  if (ort.listSupportedBackends().some(({ name }) => name === device)) return
  throw new DataError(`onnxruntime has no ${device} here`)
}
