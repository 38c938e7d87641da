/** ONNX graphs of element-wise tfjs kernels. */
import {
  apply,
  cast,
  expand,
  numberOf,
  sameShape,
  scalar,
  unexpanded,
  type Graph,
  type Value,
} from '../graph.js'
import type { DataType } from '../proto.js'
import { operand, type Kernel, type Kernels } from './kernel.js'

/** Element-wise kernels: arithmetic, comparison, logic, activation. */
export const elementwise: Kernels = {
  Add: binary('Add'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  RealDiv: (graph, inputs) => {
    const [a, b] = [operand(inputs, 'a'), operand(inputs, 'b')].map((value) => cast(graph, value, 'float32'))
    return divide(graph, a!, b!)
  },
  FloorDiv: (graph, inputs) => floorDivide(graph, operand(inputs, 'a'), operand(inputs, 'b')),
  Mod: (graph, inputs) => modulo(graph, operand(inputs, 'a'), operand(inputs, 'b')),
  Pow: binary('Pow'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  SquaredDifference: (graph, inputs) => {
    const difference = arithmetic(graph, 'Sub', operand(inputs, 'a'), operand(inputs, 'b'))
    return arithmetic(graph, 'Mul', difference, difference)
  },
  AddN: (graph, inputs) => sum(graph, Object.values(inputs)),

  Equal: comparison('Equal'),
  NotEqual: (graph, inputs) => negate(graph, comparison('Equal')(graph, inputs)),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  LogicalAnd: comparison('And'),
  LogicalOr: comparison('Or'),
  LogicalNot: (graph, inputs) => negate(graph, operand(inputs, 'x')),
  IsNan: (graph, inputs) => pointwise(graph, 'IsNaN', [operand(inputs, 'x')], 'bool'),
  Select: (graph, inputs) =>
    select(graph, operand(inputs, 'condition'), operand(inputs, 't'), operand(inputs, 'e')),

  Abs: unary('Abs'),
  Ceil: unary('Ceil'),
  Cos: unary('Cos'),
  Elu: unary('Elu'),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Floor: unary('Floor'),
  Log: unary('Log'),
  Neg: unary('Neg'),
  Reciprocal: unary('Reciprocal'),
  Relu: unary('Relu'),
  Round: unary('Round'),
  Sigmoid: unary('Sigmoid'),
  Sign: unary('Sign'),
  Sin: unary('Sin'),
  Softplus: unary('Softplus'),
  Sqrt: unary('Sqrt'),
  Tanh: unary('Tanh'),
  Rsqrt: (graph, inputs) =>
    pointwise(graph, 'Reciprocal', [pointwise(graph, 'Sqrt', [operand(inputs, 'x')])]),
  Square: (graph, inputs) => arithmetic(graph, 'Mul', operand(inputs, 'x'), operand(inputs, 'x')),
  LeakyRelu: (graph, inputs, { alpha }: { alpha: number }) => {
    const x = operand(inputs, 'x')
    return apply(graph, 'LeakyRelu', [x], x, { alpha: { float: alpha } })
  },
  Step: (graph, inputs, { alpha }: { alpha: number }) => step(graph, operand(inputs, 'x'), alpha),
  ClipByValue: (
    graph,
    inputs,
    { clipValueMin, clipValueMax }: { clipValueMin: number; clipValueMax: number },
  ) => {
    const x = operand(inputs, 'x')
    const dtype = x.dtype === 'int32' ? 'int32' : 'float32'
    return apply(
      graph,
      'Clip',
      [x, scalar(graph, clipValueMin, dtype), scalar(graph, clipValueMax, dtype)],
      x,
    )
  },
  Cast: (graph, inputs, { dtype }: { dtype: 'float32' | 'int32' | 'bool' }) =>
    cast(graph, operand(inputs, 'x'), dtype),
}

/** A node whose output broadcasts its operands; explicit broadcasts before it are dropped where it makes them itself. */
export function pointwise(graph: Graph, op: string, operands: readonly Value[], dtype?: DataType): Value {
  const shape = broadcastShape(operands)
  const lean = [...operands]
  for (const [i, value] of operands.entries()) {
    lean[i] = unexpanded(value)
    if (!sameShape(broadcastShape(lean), shape)) lean[i] = value
  }
  const last = lean.at(-1)
  if (!last) throw new RangeError(`${op} without operands`)
  return apply(graph, op, lean, { shape, dtype: dtype ?? last.dtype })
}

/** Arithmetic of two operands. Constants are folded, and operands 0 and 1 that change nothing are dropped. */
export function arithmetic(
  graph: Graph,
  op: 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Max' | 'Min',
  a: Value,
  b: Value,
) {
  const [x, y] = [numberOf(a), numberOf(b)]
  const shape = broadcastShape([a, b])
  if (x !== undefined && y !== undefined && (a.dtype === 'float32' || op !== 'Div')) {
    const dtype = a.dtype === 'int32' ? 'int32' : 'float32'
    return expand(graph, scalar(graph, compute[op](x, y), dtype), shape)
  }
  const unit = op === 'Add' || op === 'Sub' ? 0 : op === 'Mul' || op === 'Div' || op === 'Pow' ? 1 : undefined
  if (y === unit && unit !== undefined) return expand(graph, a, shape)
  if (x === unit && (op === 'Add' || op === 'Mul')) return expand(graph, b, shape)
  return pointwise(graph, op, [a, b])
}

/** The sum of operands of one shape. */
function sum(graph: Graph, operands: readonly Value[]): Value {
  return operands.reduce((total, value) => arithmetic(graph, 'Add', total, value))
}

const divide = (graph: Graph, a: Value, b: Value): Value => arithmetic(graph, 'Div', a, b)

const negate = (graph: Graph, x: Value): Value => pointwise(graph, 'Not', [cast(graph, x, 'bool')], 'bool')

/** `yes` where the condition holds, else `no`; all three broadcast. */
export const select = (graph: Graph, condition: Value, yes: Value, no: Value): Value =>
  pointwise(graph, 'Where', [cast(graph, condition, 'bool'), yes, no])

const compute = {
  Add: (a: number, b: number) => a + b,
  Sub: (a: number, b: number) => a - b,
  Mul: (a: number, b: number) => a * b,
  Div: (a: number, b: number) => a / b,
  Pow: (a: number, b: number) => a ** b,
  Max: Math.max,
  Min: Math.min,
}

function binary(op: keyof typeof compute): Kernel {
  return (graph, inputs) => arithmetic(graph, op, operand(inputs, 'a'), operand(inputs, 'b'))
}

function comparison(op: string) {
  return (graph: Graph, inputs: Readonly<Record<string, Value>>): Value =>
    pointwise(graph, op, [operand(inputs, 'a'), operand(inputs, 'b')], 'bool')
}

function unary(op: string): Kernel {
  return (graph, inputs) => pointwise(graph, op, [operand(inputs, 'x')])
}

/**
 * 1 above 0, alpha elsewhere. After a Relu this reads the Relu's result, so that its input need not be kept. A comparison
 * and a cast cost half of a Sign or a Where.
 */
function step(graph: Graph, x: Value, alpha: number): Value {
  const source = alpha === 0 ? pointwise(graph, 'Relu', [x]) : x
  const positive = pointwise(graph, 'Greater', [source, scalar(graph, 0)], 'bool')
  if (alpha === 0) return cast(graph, positive, 'float32')
  return select(graph, positive, scalar(graph, 1), scalar(graph, alpha))
}

/** Division rounded down to an int32, as in tfjs; ONNX's rounds integers towards zero. */
function floorDivide(graph: Graph, a: Value, b: Value): Value {
  if (a.dtype !== 'int32') return cast(graph, pointwise(graph, 'Floor', [divide(graph, a, b)]), 'int32')
  return arithmetic(graph, 'Div', arithmetic(graph, 'Sub', a, modulo(graph, a, b)), b)
}

/** The remainder with the divisor's sign. */
function modulo(graph: Graph, a: Value, b: Value): Value {
  if (a.dtype === 'int32') return pointwise(graph, 'Mod', [a, b])
  const quotient = pointwise(graph, 'Floor', [divide(graph, a, b)])
  return arithmetic(graph, 'Sub', a, arithmetic(graph, 'Mul', quotient, b))
}

function broadcastShape(values: readonly Value[]): number[] {
  const rank = Math.max(...values.map(({ shape }) => shape.length))
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = values.map(({ shape }) => shape[axis - rank + shape.length] ?? 1)
    return lengths.find((length) => length !== 1) ?? 1
  })
}
