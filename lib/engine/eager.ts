/** The engine that runs functions as they are, operation by operation. */
import { DataError } from '../errors.js'
import { bytesOf, zeros, type HostTensor, type HostTensors } from '../tensor.js'
import type { Compiled, Engine, EngineFunction, EngineName, Signature, State, Tensors } from './engine.js'
import { checkInputs, checkTensor, specsOf } from './specs.js'
import * as tf from './tfjs.js'

/** Creates the engine of a tfjs backend. State is tensors of that backend, so it stays on the device. */
export function createEager(name: EngineName, backend: string): Engine {
  const states = new Map<State, Map<string, tf.Tensor>>()
  const compiled = new Set<Compiled>()
  let moved = 0
  return {
    name,
    threads: 1,
    async compile(label, fn, signature) {
      const state = signature.state && states.get(signature.state)
      if (signature.state && !state)
        throw new DataError('the state belongs to another engine, or was disposed')
      const one = compile(label, fn, signature, { state, backend, onDispose: () => compiled.delete(one) })
      const counted: Compiled = {
        ...one,
        async run(inputs, into) {
          const results = await one.run(inputs, into)
          moved += bytesOf(inputs) + bytesOf(results)
          return results
        },
      }
      compiled.add(one)
      return counted
    },
    state(initial) {
      const entries = new Map<string, tf.Tensor>()
      const specs = specsOf(initial)
      on(backend, () => {
        for (const [key, tensor] of Object.entries(initial)) entries.set(key, tf.keep(upload(tensor)))
      })
      const state = createState(specs, entries, backend, () => states.delete(state))
      states.set(state, entries)
      return state
    },
    transferred: () => moved,
    memory: () => ({
      tensors: [...states.values()].reduce((total, entries) => total + entries.size, 0),
      sessions: compiled.size,
    }),
    dispose() {
      for (const one of compiled) one.dispose()
      for (const state of states.keys()) state.dispose()
    },
  }
}

function compile(
  label: string,
  fn: EngineFunction,
  { inputs: specs, constants = {} }: Signature,
  {
    state,
    backend,
    onDispose,
  }: { state: Map<string, tf.Tensor> | undefined; backend: string; onDispose: () => void },
): Compiled {
  const fixed = on(backend, () =>
    Object.fromEntries(Object.entries(constants).map(([key, tensor]) => [key, tf.keep(upload(tensor))])),
  )
  return {
    async run(inputs, into = {}) {
      checkInputs(label, inputs, specs)
      const [outputs, updates] = on(backend, () =>
        compute(fn, inputs, { ...fixed, ...Object.fromEntries(state ?? []) }),
      )
      for (const [key, tensor] of Object.entries(updates)) {
        state?.get(key)?.dispose()
        state?.set(key, tensor)
      }
      const results: Record<string, HostTensor> = {}
      for (const [key, tensor] of Object.entries(outputs)) {
        results[key] = await download(tensor, into[key], `${label}: ${key}`)
        tensor.dispose()
      }
      return results
    },
    dispose() {
      for (const tensor of Object.values(fixed)) tensor.dispose()
      onDispose()
    },
  }
}

/** One call of the function; only what it returns outlives the call. */
function compute(fn: EngineFunction, inputs: HostTensors, state: Tensors): [Tensors, Tensors] {
  const kept: [Record<string, tf.Tensor>, Record<string, tf.Tensor>] = [{}, {}]
  tf.tidy(() => {
    const uploaded = Object.fromEntries(Object.entries(inputs).map(([key, tensor]) => [key, upload(tensor)]))
    const { outputs, state: updated = {} } = fn(uploaded, state)
    // Clones, so that a result that is also an input or an entry can be disposed on its own.
    for (const [key, tensor] of Object.entries(outputs))
      kept[0][key] = tf.keep(tensor.dtype === 'bool' ? tensor.toInt() : tensor.clone())
    for (const [key, tensor] of Object.entries(updated))
      if (tensor !== state[key]) kept[1][key] = tf.keep(tensor.clone())
  })
  return kept
}

function createState(
  specs: State['specs'],
  entries: Map<string, tf.Tensor>,
  backend: string,
  onDispose: () => void,
): State {
  const entry = (name: string) => {
    const tensor = entries.get(name)
    if (!tensor) throw new DataError(`the state has no entry ${name}`)
    return tensor
  }
  const read = async (names: readonly string[] = Object.keys(specs)) => {
    const entries = names.map(async (name) => [name, await download(entry(name))] as const)
    return Object.fromEntries(await Promise.all(entries))
  }
  return {
    specs,
    read,
    view: read,
    async write(values) {
      for (const [name, value] of Object.entries(values)) {
        const old = entry(name)
        checkTensor('the state', name, value, specs[name]!)
        entries.set(
          name,
          on(backend, () => tf.keep(upload(value))),
        )
        old.dispose()
      }
    },
    dispose() {
      for (const tensor of entries.values()) tensor.dispose()
      entries.clear()
      onDispose()
    },
  }
}

/** Runs synchronous work on a backend, and restores the one that was set. */
function on<T>(backend: string, work: () => T): T {
  const before = tf.getBackend()
  // These backends are created synchronously, so the backend is set when this returns.
  void tf.setBackend(backend)
  try {
    return work()
  } finally {
    if (before) void tf.setBackend(before)
  }
}

/** A copy: tfjs's own backend would otherwise share the caller's memory. */
function upload({ data, shape, dtype }: HostTensor): tf.Tensor {
  if (dtype !== 'float32' && dtype !== 'int32') throw new DataError(`${dtype} cannot be computed with`)
  return tf.tensor(data.slice(), [...shape], dtype)
}

async function download(tensor: tf.Tensor, into?: HostTensor, where = ''): Promise<HostTensor> {
  const spec = { shape: tensor.shape, dtype: tensor.dtype === 'int32' ? 'int32' : 'float32' } as const
  const target = into ? checkTensor(where, '', into, spec) : zeros(spec)
  target.data.set((await tensor.data()) as never) // of the same type, as the spec says
  return target
}
