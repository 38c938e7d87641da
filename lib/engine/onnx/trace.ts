/** Tracing: a function of tensors run on a tfjs backend that records a graph instead of computing. */
import { DataError, messageOf } from '../../errors.js'
import type { HostTensors, Specs } from '../../tensor.js'
import type { EngineFunction } from '../engine.js'
import * as tf from '../tfjs.js'
import { cast, constant, createGraph, input, type Data, type Graph, type Value } from './graph.js'
import { kernels } from './kernels/index.js'
import type { DataType } from './proto.js'

/** A recorded function: its graph, and the graph's values for its inputs and results. */
export interface Trace {
  readonly graph: Graph
  readonly inputs: Readonly<Record<string, Value>>
  readonly state: Readonly<Record<string, Value>>
  readonly outputs: Readonly<Record<string, Value>>
  /** Entries that the function replaces. */
  readonly updates: Readonly<Record<string, Value>>
}

/** The static shapes that a function is traced for. */
export interface TraceSignature {
  readonly inputs: Specs
  readonly state?: Specs
  readonly constants?: HostTensors
}

/**
 * Records what a function computes, including gradients and optimizer, since to tfjs these are kernels like any other.
 *
 * @throws DataError naming a kernel that has no mapping to ONNX, or where the function reads a value while traced
 */
export function trace(name: string, fn: EngineFunction, signature: TraceSignature): Trace {
  const graph = createGraph()
  const state = specValues(graph, signature.state ?? {})
  const inputs = specValues(graph, signature.inputs)
  const constants = Object.fromEntries(
    Object.entries(signature.constants ?? {}).map(([key, { shape, dtype, data }]) => {
      if (dtype === 'uint8')
        throw new DataError(`${name}: constant ${key} is uint8, expected float32 or int32`)
      return [key, { id: graph.count++, shape, dtype, data }]
    }),
  )
  const result = recording(name, graph, () => {
    const { outputs, state: updated } = fn(wrapAll(inputs), { ...wrapAll(constants), ...wrapAll(state) })
    return { outputs: unwrapAll(outputs), updates: unwrapAll(updated ?? {}) }
  })
  const updates = Object.entries(result.updates).filter(([key, value]) => value !== state[key])
  return { graph, inputs, state, outputs: result.outputs, updates: Object.fromEntries(updates) }
}

const backendName = 'onnx-trace'

/** The graph being recorded, and the values behind the tensors of its trace. */
let current: { graph: Graph; values: WeakMap<object, Value> } | undefined

function recording<T>(name: string, graph: Graph, work: () => T): T {
  register()
  const before = tf.getBackend()
  current = { graph, values: new WeakMap() }
  // The backend is created synchronously, so it is set when this returns.
  void tf.setBackend(backendName)
  try {
    let result: { value: T } | undefined
    tf.engine().startScope(name)
    try {
      result = { value: work() }
    } finally {
      tf.engine().endScope()
    }
    return result.value
  } catch (error) {
    const kernel = /Cannot find registered kernel '(\w+)'|Kernel '(\w+)' not registered/.exec(
      messageOf(error),
    )
    if (!kernel) throw error
    throw new DataError(
      `${name}: the kernel ${kernel[1] ?? kernel[2]} has no mapping to ONNX. ` +
        '--engine tensorflow or --engine cpu runs it as it is.',
      { cause: error },
    )
  } finally {
    current = undefined
    if (before) void tf.setBackend(before)
  }
}

function now() {
  if (!current) throw new Error('a tensor of a trace was used after the trace had ended')
  return current
}

/** A tfjs backend that computes nothing: its tensors stand for values of the graph. */
class TraceBackend extends tf.KernelBackend {
  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {}
    const { graph, values: known } = now()
    known.set(dataId, constant(graph, dataOf(values, dtype), shape, dtypeOf(dtype)))
    return dataId
  }
  override readSync(dataId: object): tf.BackendValues {
    const { data } = now().values.get(dataId) ?? {}
    if (!data || data instanceof BigInt64Array || data instanceof Uint32Array)
      throw new DataError('a value was read while its computation was traced; only its shape is known there')
    return data
  }
  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.readSync(dataId)
  }
  override disposeData = () => true
  override incRef = () => undefined
  override refCount = () => 1
  override numDataIds = () => 0
  override memory = () => ({ unreliable: true, reasons: [] })
  override floatPrecision = () => 32 as const
  override epsilon = () => 1e-7
}

let registered = false

function register(): void {
  if (registered) return
  registered = true
  tf.registerBackend(backendName, () => new TraceBackend())
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const values = Object.fromEntries(
          Object.entries(inputs).flatMap(
            ([key, info]) => (info ? [[key, valueOf(info as tf.TensorInfo)]] : []), // lists are spread by tfjs
          ),
        )
        // Each kernel declares the attributes that tfjs documents for it.
        const result = kernel(now().graph, values, (attrs ?? {}) as never)
        return Array.isArray(result) ? result.map(infoOf) : infoOf(result as Value) // isArray does not tell readonly lists
      },
    })
  }
}

/** The value a tensor stands for. A tensor of another backend is read there and becomes a constant. */
function valueOf({ dataId, shape, dtype }: tf.TensorInfo): Value {
  const { graph, values } = now()
  const known = values.get(dataId)
  if (known) return known
  const owner = tf.engine().state.tensorInfo.get(dataId)?.backend
  if (!owner) throw new Error('a tensor of an earlier trace was used in this one')
  const value = constant(graph, dataOf(owner.readSync(dataId), dtype), shape, dtypeOf(dtype))
  values.set(dataId, value)
  return value
}

function infoOf(value: Value): tf.TensorInfo {
  const dataId = {}
  now().values.set(dataId, value)
  return { dataId, shape: [...value.shape], dtype: value.dtype as tf.DataType } // kernels return no other types
}

function wrapAll(values: Readonly<Record<string, Value>>): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, tf.engine().makeTensorFromTensorInfo(infoOf(value))]),
  )
}

function unwrapAll(tensors: Readonly<Record<string, tf.Tensor>>): Record<string, Value> {
  const { graph } = now()
  return Object.fromEntries(
    Object.entries(tensors).map(([key, tensor]) => {
      const value = valueOf(tensor)
      return [key, value.dtype === 'bool' ? cast(graph, value, 'int32') : value]
    }),
  )
}

function specValues(graph: Graph, specs: Specs): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(specs).map(([key, { shape, dtype }]) => [key, input(graph, shape, dtype)]),
  )
}

function dtypeOf(dtype: tf.DataType): DataType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype
  throw new DataError(`a tensor of ${dtype} cannot be traced; expected float32, int32 or bool`)
}

function dataOf(values: tf.BackendValues, dtype: tf.DataType): Data {
  const numbers = values as ArrayLike<number> // strings were refused by their dtype
  if (dtypeOf(dtype) === 'int32') return values instanceof Int32Array ? values : Int32Array.from(numbers)
  if (dtype === 'bool') return values instanceof Uint8Array ? values : Uint8Array.from(numbers)
  return values instanceof Float32Array ? values : Float32Array.from(numbers)
}
