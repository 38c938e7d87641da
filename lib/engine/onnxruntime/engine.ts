/** The engine that records functions as ONNX graphs and runs them in ONNX Runtime. */
import { availableParallelism } from 'node:os'
import type ort from 'onnxruntime-node'
import { DataError } from '../../errors.js'
import { bytesOf, type HostTensor } from '../../tensor.js'
import type { Compiled, Device, Engine, Precision, State } from '../engine.js'
import { checkInputs } from '../specs.js'
import { recordModel, traceToOnnx } from '../onnx/record.js'
import { createSessionPool } from './pool.js'
import { outputSpecs, recordProgram, resultsOf } from './program.js'
import { checkDevice, openSession, runSession, type Operand } from './session.js'
import { createCopier } from './copier.js'
import { createDeviceState } from './device-state.js'
import { copiesOf, createHostState, type BoundState } from './state.js'

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
  const states = new Map<State, BoundState>()
  const compiled = new Set<Compiled>()
  // One run at a time: runs share the buffers of the state, and ONNX Runtime uses all threads for each.
  let running: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = running.then(work)
    running = result.catch(() => undefined)
    return result
  }

  /** WebGPU alone keeps tensors on the device between runs; CUDA's binding has no such place. */
  const copier = device === 'webgpu' ? createCopier({ device }) : undefined
  let moved = 0
  const forget = (state: State) => states.delete(state)
  const kept = (state: BoundState): BoundState => {
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
      const read = Object.keys(traced.state).filter((key) => needed.has(stateInput(key)))
      const updated = Object.keys(traced.updates)
      const onDevice = copier ? updated.map(stateOutput) : []
      const open = () => openSession(name, bytes, { device, threads, onDevice })
      const outputs = outputSpecs(traced)

      const one: Compiled = {
        run: (inputs, into = {}) =>
          inTurn(async () => {
            if (!compiled.has(one)) throw new DataError(`${name}: run after it was disposed`)
            checkInputs(name, inputs, signature.inputs)
            const results = resultsOf(name, outputs, into)
            const feeds: Record<string, Operand> = Object.fromEntries(
              Object.entries(inputs).filter(([key]) => needed.has(key)),
            )
            moved += bytesOf(inputs) + bytesOf(results)
            const fetches: Record<string, HostTensor | null> = { ...results }
            await state?.ready()
            for (const key of read) feeds[stateInput(key)] = state!.current(key)
            for (const key of updated) fetches[stateOutput(key)] = state!.next(key)
            const found = await runSession(name, await pool.get(one, open), feeds, fetches)
            if (onDevice.length > 0)
              for (const [key, result] of Object.entries(results)) fill(result, found[key]!)
            state?.advance(Object.fromEntries(updated.map((key) => [key, found[stateOutput(key)]!])))
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
    state: (initial) =>
      kept(
        copier
          ? createDeviceState(copiesOf(initial), { copier, inTurn, onDispose: forget })
          : createHostState(copiesOf(initial), forget),
      ),
    ...(!copier && {
      hostState: (tensors) => kept(createHostState(tensors, forget, { inPlace: true })),
    }),
    transferred: () => moved + (copier?.moved ?? 0),
    memory: () => ({
      tensors: [...states.values()].reduce((total, { specs }) => total + Object.keys(specs).length, 0),
      sessions: pool.size,
    }),
    dispose() {
      for (const one of compiled) one.dispose()
      for (const state of states.values()) state.dispose()
      copier?.dispose()
    },
  }
}

/** Copies a result where it was wanted: with outputs on a device, ONNX Runtime does not write into the host's tensors. */
const fill = ({ data }: HostTensor, { data: found }: ort.Tensor): void => data.set(found as never) // of the same type

/** A graph that adds one. */
const probe = (): Uint8Array =>
  traceToOnnx('probe', ({ x }) => ({ outputs: { y: x!.add(1) } }), {
    inputs: { x: { shape: [1], dtype: 'float32' } },
  })
