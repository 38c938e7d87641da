/**
 * Moves tensors between the host and a device, by graphs that copy their input. ONNX Runtime's own `getData()` of a tensor on
 * a device ends the process (1.30), so it is never called.
 */
import type ort from 'onnxruntime-node'
import { zeros, type HostTensor, type TensorSpec } from '../../tensor.js'
import { encodeModel } from '../onnx/proto.js'
import { opset } from '../onnx/serialize.js'
import { openSession, runSession, type SessionOptions } from './session.js'

export interface Copier {
  /** A copy on the device, the caller's to dispose of. */
  toDevice(tensor: HostTensor): Promise<ort.Tensor>
  /** A copy in host memory. */
  toHost(tensor: ort.Tensor, spec: TensorSpec): Promise<HostTensor>
  /** Bytes that were moved, either way. */
  readonly moved: number
  dispose(): void
}

/** A copier whose sessions open when they are first needed, one for each type, rank and direction. */
export function createCopier(options: Omit<SessionOptions, 'onDevice'>): Copier {
  const sessions = new Map<string, Promise<ort.InferenceSession>>()
  let moved = 0
  const sessionOf = ({ dtype, shape }: TensorSpec, direction: 'to the device' | 'to the host') => {
    const name = `copy of ${dtype}, rank ${shape.length}, ${direction}`
    const onDevice = direction === 'to the device' ? ['copy'] : []
    const open = () => openSession(name, copyGraph(dtype, shape.length), { ...options, onDevice })
    const session = sessions.get(name) ?? open()
    sessions.set(name, session)
    return session
  }
  return {
    async toDevice(tensor) {
      const session = await sessionOf(tensor as TensorSpec, 'to the device') // state is float32 or int32
      moved += tensor.data.byteLength
      const { copy } = await runSession('copy to the device', session, { original: tensor }, { copy: null })
      return copy!
    },
    async toHost(tensor, spec) {
      const session = await sessionOf(spec, 'to the host')
      const into = zeros(spec)
      moved += into.data.byteLength
      await runSession('copy to the host', session, { original: tensor }, { copy: into })
      return into
    },
    get moved() {
      return moved
    },
    dispose() {
      for (const session of sessions.values()) void session.then((one) => one.release())
      sessions.clear()
    },
  }
}

/** One node, Identity, of any shape of this rank. */
function copyGraph(dtype: TensorSpec['dtype'], rank: number): Uint8Array {
  const shape = Array.from({ length: rank }, () => -1) // a length that is not known
  return encodeModel({
    name: 'copy',
    opset,
    nodes: [{ opType: 'Identity', name: 'copy', input: ['original'], output: ['copy'], attributes: {} }],
    initializers: [],
    inputs: [{ name: 'original', shape, dtype }],
    outputs: [{ name: 'copy', shape, dtype }],
  })
}
