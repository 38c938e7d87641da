/** Serialization of a trace to an ONNX model. */
import { DataError } from '../../errors.js'
import { type Node, type Value } from './graph.js'
import { encodeModel, type GraphMessage, type TensorMessage, type ValueMessage } from './proto.js'
import type { Trace } from './trace.js'

/** The version of ONNX's operator set: the first that has every operator used here. */
export const opset = 18

export interface Model {
  readonly bytes: Uint8Array
  /** What results depend on, in order. */
  readonly nodes: readonly Node[]
  /** The name of each state entry's input and output. */
  readonly stateInput: (name: string) => string
  readonly stateOutput: (name: string) => string
  /** What has to be fed: inputs and entries that no result depends on are not in the graph. */
  readonly feeds: ReadonlySet<string>
}

export const stateInput = (name: string) => `state/${name}`
export const stateOutput = (name: string) => `next/${name}`

/**
 * A trace as an ONNX model: the nodes that its results depend on, with its inputs and outputs by their names.
 */
export function toModel(name: string, trace: Trace): Model {
  const { message, nodes } = toGraph(name, trace)
  const feeds = new Set(message.inputs.map(({ name }) => name))
  return { bytes: encodeModel({ ...message, opset }), nodes, stateInput, stateOutput, feeds }
}

/**
 * A trace as a graph, of a model or of a node's body.
 *
 * @param prefix of the names that it makes up, which differ between a graph and those inside it
 */
export function toGraph(
  name: string,
  trace: Trace,
  prefix = '',
): { message: GraphMessage; nodes: readonly Node[] } {
  const requested = [
    ...Object.entries(trace.outputs),
    ...Object.entries(trace.updates).map(([key, value]): [string, Value] => [stateOutput(key), value]),
  ]
  const inputs = [
    ...Object.entries(trace.inputs),
    ...Object.entries(trace.state).map(([key, value]): [string, Value] => [stateInput(key), value]),
  ]
  const names = new Map<Value, string>(inputs.map(([key, value]) => [value, key]))
  const nameOf = (value: Value) => nameIn(names, value, prefix)
  const copies: { input: string; output: string }[] = []
  const taken = new Set(names.values())
  for (const [key, value] of requested) {
    if (taken.has(key)) throw new DataError(`${name}: "${key}" names both an input and an output`)
    taken.add(key)
    // An output's value gets its name directly; only a value that already has one is copied.
    if (names.has(value) || !value.node) copies.push({ input: nameOf(value), output: key })
    else names.set(value, key)
  }
  const nodes = reachable(requested.map(([, value]) => value))
  const used = new Set(nodes.flatMap(({ inputs }) => inputs).concat(requested.map(([, value]) => value)))
  const fed = inputs.filter(([, value]) => used.has(value))
  const message: GraphMessage = {
    name,
    nodes: [
      ...nodes.map((node, i) => ({
        opType: node.op,
        name: `${prefix}${node.op}_${i}`,
        input: node.inputs.map((value) => (value ? nameOf(value) : '')),
        output: node.outputs.map(nameOf),
        attributes: node.attributes,
      })),
      ...copies.map(({ input, output }) => ({
        opType: 'Identity',
        name: `${prefix}Identity_${output}`,
        input: [input],
        output: [output],
        attributes: {},
      })),
    ],
    initializers: [...used].flatMap((value) => (value?.data ? [tensorMessage(nameOf(value), value)] : [])),
    inputs: fed.map(([key, value]) => valueMessage(key, value)),
    outputs: requested.map(([key, value]) => valueMessage(key, value)),
  }
  return { message, nodes }
}

/** The nodes that values depend on, in an order in which they can be computed. */
function reachable(values: readonly Value[]): Node[] {
  const needed = new Set<Node>()
  const pending = values.map(({ node }) => node)
  for (let node; pending.length > 0;) {
    node = pending.pop()
    if (!node || needed.has(node)) continue
    needed.add(node)
    pending.push(...node.inputs.map((value) => value?.node))
  }
  // Nodes were recorded in order, so the smallest id of an output orders them.
  return [...needed].sort((a, b) => (a.outputs[0]?.id ?? 0) - (b.outputs[0]?.id ?? 0))
}

function nameIn(names: Map<Value, string>, value: Value, prefix: string): string {
  const known = names.get(value)
  if (known !== undefined) return known
  const name = `${prefix}v${value.id}`
  names.set(value, name)
  return name
}

const valueMessage = (name: string, { shape, dtype }: Value): ValueMessage => ({ name, shape, dtype })

function tensorMessage(name: string, { shape, dtype, data }: Value): TensorMessage {
  if (!data) throw new RangeError(`${name} is not a constant`)
  return { name, shape, dtype, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }
}
