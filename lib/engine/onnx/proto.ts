/** The .onnx file format: models as protocol buffers. */
import protobuf from 'protobufjs'

/**
 * The messages of the ONNX specification (onnx.proto, IR version 8) that a graph of static shapes needs, with the
 * specification's field numbers. Fields left out here are optional there.
 */
const schema: protobuf.INamespace = {
  nested: {
    Attribute: message({
      name: [1, 'string'],
      f: [2, 'float'],
      i: [3, 'int64'],
      s: [4, 'bytes'],
      t: [5, 'Tensor'],
      g: [6, 'Graph'],
      floats: [7, 'float', 'repeated'],
      ints: [8, 'int64', 'repeated'],
      type: [20, 'int32'],
    }),
    Node: message({
      input: [1, 'string', 'repeated'],
      output: [2, 'string', 'repeated'],
      name: [3, 'string'],
      opType: [4, 'string'],
      attribute: [5, 'Attribute', 'repeated'],
      domain: [7, 'string'],
    }),
    Tensor: message({
      dims: [1, 'int64', 'repeated'],
      dataType: [2, 'int32'],
      name: [8, 'string'],
      rawData: [9, 'bytes'],
    }),
    Dimension: message({ dimValue: [1, 'int64'], dimParam: [2, 'string'] }),
    Shape: message({ dim: [1, 'Dimension', 'repeated'] }),
    TensorType: message({ elemType: [1, 'int32'], shape: [2, 'Shape'] }),
    Type: message({ tensorType: [1, 'TensorType'] }),
    ValueInfo: message({ name: [1, 'string'], type: [2, 'Type'] }),
    Graph: message({
      node: [1, 'Node', 'repeated'],
      name: [2, 'string'],
      initializer: [5, 'Tensor', 'repeated'],
      input: [11, 'ValueInfo', 'repeated'],
      output: [12, 'ValueInfo', 'repeated'],
    }),
    OperatorSet: message({ domain: [1, 'string'], version: [2, 'int64'] }),
    Model: message({
      irVersion: [1, 'int64'],
      producerName: [2, 'string'],
      graph: [7, 'Graph'],
      opsetImport: [8, 'OperatorSet', 'repeated'],
    }),
  },
}

/** TensorProto.DataType. */
export const elementType = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, uint32: 12 } as const

/** AttributeProto.AttributeType. */
const attributeType = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7 } as const

export type DataType = keyof typeof elementType

/** A value of an attribute: a number is an int unless it is wrapped, `{ float: 1 }`. */
export type Attribute =
  number | string | readonly number[] | { readonly float: number } | { readonly graph: GraphMessage }

export interface NodeMessage {
  readonly opType: string
  readonly name: string
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

export interface ValueMessage {
  readonly name: string
  /** A size that any run may choose is a name, or negative. */
  readonly shape: readonly (number | string)[]
  readonly dtype: DataType
}

export interface TensorMessage extends ValueMessage {
  /** Little-endian values, row-major. */
  readonly bytes: Uint8Array
}

/** A graph: that of a model, or the body of a node that loops. */
export interface GraphMessage {
  readonly name: string
  readonly nodes: readonly NodeMessage[]
  readonly initializers: readonly TensorMessage[]
  readonly inputs: readonly ValueMessage[]
  readonly outputs: readonly ValueMessage[]
}

export interface ModelMessage extends GraphMessage {
  readonly opset: number
}

/** The bytes of an .onnx file. */
export function encodeModel(model: ModelMessage): Uint8Array {
  return Model.encode({
    irVersion: 8,
    producerName: 'm2',
    opsetImport: [{ domain: '', version: model.opset }],
    graph: graphMessage(model),
  }).finish()
}

function graphMessage({ name, nodes, initializers, inputs, outputs }: GraphMessage): object {
  return {
    name,
    node: nodes.map(({ attributes, ...node }) => ({
      ...node,
      attribute: Object.entries(attributes).map(([name, value]) => attributeMessage(name, value)),
    })),
    initializer: initializers.map(({ name, shape, dtype, bytes }) => ({
      name,
      dims: shape,
      dataType: elementType[dtype],
      rawData: bytes,
    })),
    input: inputs.map(valueInfo),
    output: outputs.map(valueInfo),
  }
}

const Model = protobuf.Root.fromJSON(schema).lookupType('Model')

function attributeMessage(name: string, value: Attribute): object {
  if (typeof value === 'number') return { name, i: value, type: attributeType.int }
  if (typeof value === 'string') return { name, s: Buffer.from(value), type: attributeType.string }
  if ('graph' in value) return { name, g: graphMessage(value.graph), type: attributeType.graph }
  if ('float' in value) return { name, f: value.float, type: attributeType.float }
  return { name, ints: value, type: attributeType.ints }
}

function valueInfo({ name, shape, dtype }: ValueMessage): object {
  const dim = shape.map((size) =>
    typeof size === 'string' ? { dimParam: size } : size < 0 ? {} : { dimValue: size },
  )
  return { name, type: { tensorType: { elemType: elementType[dtype], shape: { dim } } } }
}

function message(fields: Record<string, [id: number, type: string, rule?: 'repeated']>): protobuf.IType {
  return {
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, [id, type, rule]]) => [
        name,
        rule ? { id, type, rule } : { id, type },
      ]),
    ),
  }
}
