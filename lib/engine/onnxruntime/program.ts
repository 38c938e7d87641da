/** Programs: recorded functions as plain data, which any thread can open. */
import { zeros, type HostTensor, type Specs, type TensorSpec } from '../../tensor.js'
import type { Compiled, EngineFunction, Precision, Program, Signature } from '../engine.js'
import { checkInputs, checkTensor } from '../specs.js'
import { recordModel } from '../onnx/record.js'
import { openSession, packModel, runSession, type SessionOptions } from './session.js'
import type { Trace } from '../onnx/trace.js'

/**
 * Records a function of inputs and constants.
 *
 * @throws DataError naming a kernel that has no mapping to ONNX
 */
export function recordProgram(
  name: string,
  fn: EngineFunction,
  signature: Omit<Signature, 'state'>,
  precision: Precision,
): Program {
  const { traced, bytes, feeds } = recordModel(name, fn, signature, precision)
  return {
    name,
    model: bytes,
    inputs: signature.inputs,
    needed: new Set(Object.keys(signature.inputs).filter((key) => feeds.has(key))),
    outputs: outputSpecs(traced),
  }
}

/**
 * Writes a program to files with its constants packed for products. Threads that open these share one copy of the
 * constants, in the system's file cache; the files may be deleted once all threads have opened them.
 *
 * @param folder which holds nothing else of the program's name
 * @throws DataError where the folder has no room
 */
export async function packProgram(program: Program, folder: string): Promise<Program> {
  return { ...program, model: await packModel(program.name, program.model, folder) }
}

/**
 * Opens a program in this thread. Its bytes may be freed afterwards.
 *
 * @throws DataError where memory runs out
 */
export async function openProgram(program: Program, options: SessionOptions): Promise<Compiled> {
  const { name, inputs: specs, outputs, needed } = program
  const session = await openSession(name, program.model, options)
  return {
    async run(inputs, into = {}) {
      checkInputs(name, inputs, specs)
      const results = resultsOf(name, outputs, into)
      const feeds = Object.fromEntries(Object.entries(inputs).filter(([key]) => needed.has(key)))
      await runSession(name, session, feeds, results)
      return results
    },
    dispose: () => void session.release(),
  }
}

/** Shapes and types of what a trace computes. */
export const outputSpecs = ({ outputs }: Trace): Specs =>
  Object.fromEntries(
    Object.entries(outputs).map(([key, { shape, dtype }]) => {
      const spec: TensorSpec = { shape, dtype: dtype === 'int32' ? dtype : 'float32' }
      return [key, spec]
    }),
  )

/** Where results are written: the caller's tensors, or new ones. */
export function resultsOf(
  name: string,
  outputs: Specs,
  into: Readonly<Record<string, HostTensor>>,
): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(outputs).map(([key, spec]) => [
      key,
      into[key] ? checkTensor(name, key, into[key], spec) : zeros(spec),
    ]),
  )
}
