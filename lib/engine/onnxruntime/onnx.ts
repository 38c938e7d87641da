import type { EngineFunction } from '../engine.js'
import { toModel } from './model.js'
import { trace, type TraceSignature } from './trace.js'

/**
 * A function as the bytes of an .onnx file, in operators of the ONNX standard alone: its inputs and outputs have the
 * function's names, constants are initializers, and an entry of its state is an input `state/NAME` whose next value is
 * an output `next/NAME`.
 *
 * @throws DataError naming a kernel that has no mapping to ONNX
 */
export function traceToOnnx(name: string, fn: EngineFunction, signature: TraceSignature): Uint8Array {
  return toModel(name, trace(name, fn, signature)).bytes
}
