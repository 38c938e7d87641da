import { DataError } from '../../errors.js'
import { type Node, type Value } from './graph.js'
import { encodeModel, type TensorMessage, type ValueMessage } from './proto.js'
import type { Trace } from './trace.js'

/** The version of ONNX's operators that graphs are written in: the first with every one used here. */
export const opset = 18

export interface Model {
  readonly bytes: Uint8Array
  /** What results depend on, in order. */
  readonly nodes: readonly Node[]
  /** The name of each state entry's input and output. */
  readonly stateInput: (name: string) => string
  readonly stateOutput: (name: string) => string
  /** What is left to feed: an input or entry that nothing depends on is not in the graph. */
  readonly feeds: ReadonlySet<string>
}

const stateInput = (name: string) => `state/${name}`
const stateOutput = (name: string) => `next/${name}`

/**
 * A trace as an ONNX model: the nodes that its results depend on, with its inputs and outputs by their names.
 */
export function toModel(name: string, trace: Trace): Model {
  const requested = [
    ...Object.entries(trace.outputs),
    ...Object.entries(trace.updates).map(([key, value]): [string, Value] => [stateOutput(key), value]),
  ]
  const inputs = [
    ...Object.entries(trace.inputs),
    ...Object.entries(trace.state).map(([key, value]): [string, Value] => [stateInput(key), value]),
  ]
  const names = new Map<Value, string>(inputs.map(([key, value]) => [value, key]))
  const copies: { input: string; output: string }[] = []
  const taken = new Set(names.values())
  for (const [key, value] of requested) {
    if (taken.has(key)) throw new DataError(`${name}: "${key}" names both an input and an output`)
    taken.add(key)
    // An output takes the name directly. Only what already has one is copied.
    if (names.has(value) || !value.node) copies.push({ input: nameIn(names, value), output: key })
    else names.set(value, key)
  }
  const nodes = reachable(requested.map(([, value]) => value))
  const used = new Set(nodes.flatMap(({ inputs }) => inputs).concat(requested.map(([, value]) => value)))
  const fed = inputs.filter(([, value]) => used.has(value))
  const bytes = encodeModel({
    name,
    opset,
    nodes: [
      ...nodes.map((node, i) => ({
        opType: node.op,
        domain: node.domain,
        name: `${node.op}_${i}`,
        input: node.inputs.map((value) => (value ? nameIn(names, value) : '')),
        output: node.outputs.map((value) => nameIn(names, value)),
        attributes: node.attributes,
      })),
      ...copies.map(({ input, output }) => ({
        opType: 'Identity',
        domain: '',
        name: `Identity_${output}`,
        input: [input],
        output: [output],
        attributes: {},
      })),
    ],
    initializers: [...used].flatMap((value) =>
      value?.data ? [tensorMessage(nameIn(names, value), value)] : [],
    ),
    inputs: fed.map(([key, value]) => valueMessage(key, value)),
    outputs: requested.map(([key, value]) => valueMessage(key, value)),
  })
  return { bytes, nodes, stateInput, stateOutput, feeds: new Set(fed.map(([key]) => key)) }
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

function nameIn(names: Map<Value, string>, value: Value): string {
  const known = names.get(value)
  if (known !== undefined) return known
  const name = `v${value.id}`
  names.set(value, name)
  return name
}

const valueMessage = (name: string, { shape, dtype }: Value): ValueMessage => ({ name, shape, dtype })

function tensorMessage(name: string, { shape, dtype, data }: Value): TensorMessage {
  if (!data) throw new RangeError(`${name} is no constant`)
  return { name, shape, dtype, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }
}
