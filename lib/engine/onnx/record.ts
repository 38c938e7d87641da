/** Functions of tensors recorded as ONNX models. */
import type { EngineFunction, Precision } from '../engine.js'
import { toModel, type Model } from './serialize.js'
import { quantizeProducts } from './quantize.js'
import { trace, type Trace, type TraceSignature } from './trace.js'

/**
 * A function as the bytes of an .onnx file, in operators of the ONNX standard only. Inputs and outputs have the function's
 * names, constants are initializers, and an entry of its state is an input `state/NAME` whose next value is an output
 * `next/NAME`.
 *
 * @param precision int8 quantizes the products with constants
 *
 * @throws DataError naming a kernel that has no mapping to ONNX
 */
export function traceToOnnx(
  name: string,
  fn: EngineFunction,
  signature: TraceSignature,
  precision: Precision = 'float32',
): Uint8Array {
  return recordModel(name, fn, signature, precision).bytes
}

/** As {@link traceToOnnx}, with the trace and the names of what has to be fed. */
export function recordModel(
  name: string,
  fn: EngineFunction,
  signature: TraceSignature,
  precision: Precision,
): Model & { readonly traced: Trace } {
  const recorded = trace(name, fn, signature)
  const traced = precision === 'int8' ? quantizeProducts(recorded) : recorded
  return { ...toModel(name, traced), traced }
}
