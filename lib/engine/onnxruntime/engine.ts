/** The engine that records functions as ONNX graphs and runs them in ONNX Runtime. */
import { availableParallelism } from 'node:os'
import { DataError } from '../../errors.js'
import type { Compiled, Device, Engine, Precision, State } from '../engine.js'
import { checkInputs } from '../specs.js'
import { recordModel, traceToOnnx } from '../onnx/record.js'
import { createSessionPool } from './pool.js'
import { outputSpecs, recordProgram, resultsOf } from './program.js'
import { checkDevice, openSession, runSession } from './session.js'
import { copiesOf, createHostState, type HostState } from './state.js'

export interface OnnxruntimeOptions {
  readonly device: Device
  readonly threads?: number | undefined
  /** Sessions kept open at once. */
  readonly sessions?: number | undefined
  readonly precision?: Precision | undefined
}

/** @throws DataError where the device is missing */
export async function createOnnxruntime({
  device,
  threads,
  sessions = 8,
  precision = 'float32',
}: OnnxruntimeOptions): Promise<Engine> {
  await checkDevice(device, probe())
  const pool = createSessionPool(sessions)
  const states = new Map<State, HostState>()
  const compiled = new Set<Compiled>()
  // One run at a time: runs share the buffers of the state, and ONNX Runtime uses all threads for each.
  let running: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = running.then(work)
    running = result.catch(() => undefined)
    return result
  }

  const forget = (state: State) => states.delete(state)
  const kept = (state: HostState): HostState => {
    states.set(state, state)
    return state
  }

  return {
    name: 'onnxruntime',
    threads: threads ?? availableParallelism(),
    async compile(name, fn, signature) {
      const state = signature.state && states.get(signature.state)
      if (signature.state && !state)
        throw new DataError('the state belongs to another engine, or was disposed')
      const model = recordModel(name, fn, { ...signature, state: state?.specs ?? {} }, precision)
      const { traced, bytes, stateInput, stateOutput, feeds: needed } = model
      const open = () => openSession(name, bytes, { device, threads })
      const read = Object.keys(traced.state).filter((key) => needed.has(stateInput(key)))
      const updated = Object.keys(traced.updates)
      const outputs = outputSpecs(traced)

      const one: Compiled = {
        run: (inputs, into = {}) =>
          inTurn(async () => {
            if (!compiled.has(one)) throw new DataError(`${name}: run after it was disposed`)
            checkInputs(name, inputs, signature.inputs)
            const results = resultsOf(name, outputs, into)
            const feeds = Object.fromEntries(Object.entries(inputs).filter(([key]) => needed.has(key)))
            const fetches = { ...results }
            for (const key of read) feeds[stateInput(key)] = state!.current(key)
            for (const key of updated) fetches[stateOutput(key)] = state!.next(key)
            await runSession(name, await pool.get(one, open), feeds, fetches)
            state?.advance(updated)
            return results
          }),
        dispose() {
          compiled.delete(one)
          void pool.close(one)
        },
      }
      compiled.add(one)
      await inTurn(() => pool.get(one, open))
      return one
    },
    ...(device === 'cpu' && {
      program: (name, fn, signature) => recordProgram(name, fn, signature, precision),
    }),
    state: (initial) => kept(createHostState(copiesOf(initial), forget)),
    hostState: (tensors) => kept(createHostState(tensors, forget, { inPlace: true })),
    memory: () => ({
      tensors: [...states.values()].reduce((total, { specs }) => total + Object.keys(specs).length, 0),
      sessions: pool.size,
    }),
    dispose() {
      for (const one of compiled) one.dispose()
      for (const state of states.values()) state.dispose()
    },
  }
}

/** A graph that adds one. */
const probe = (): Uint8Array =>
  traceToOnnx('probe', ({ x }) => ({ outputs: { y: x!.add(1) } }), {
    inputs: { x: { shape: [1], dtype: 'float32' } },
  })
