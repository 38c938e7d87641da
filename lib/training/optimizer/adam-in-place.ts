/** Adam's constants; the defaults are the reference's. */
export const adamConstants = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8 } as const

/**
 * What Adam keeps and follows, in float32. Parameters and moments are of a whole model; gradients are of it or of the share
 * that begins at element `origin` of it, and are the sum of several rows.
 */
export interface AdamMemory<Floats = Float32Array> {
  readonly parameters: Floats
  readonly m: Floats
  readonly v: Floats
  /** (rows, length) */
  readonly gradients: Floats
  readonly rows: number
  readonly length: number
  readonly origin: number
}

/** What an update is told: Adam's two factors (see adam.ts), and what to multiply gradients by first. */
export interface Update {
  readonly stepSize: number
  readonly rootCorrection: number
  readonly scale: number
}

/** Work on the gradients from one element up to another: to add up their rows, or to follow their sum. */
export interface Task {
  readonly from: number
  readonly to: number
  readonly update?: Update
}

/** Gradients whose squares are added up in one order, whichever thread does it. */
export const piece = 2 ** 16

/** Does a task. @returns of sums: the sum of squares of each piece */
export function work(memory: AdamMemory, { from, to, update }: Task): Float64Array {
  if (!update) return addUp(memory, from, to)
  follow(memory, from, to, update)
  return new Float64Array()
}

/** Makes the first row of gradients the sum of all. @returns the sum of squares of each piece */
function addUp({ gradients, rows, length }: AdamMemory, from: number, to: number): Float64Array {
  for (let row = 1; row < rows; row++)
    for (let i = from; i < to; i++) gradients[i]! += gradients[row * length + i]!
  const squares = new Float64Array(Math.ceil((to - from) / piece))
  for (let k = 0; k < squares.length; k++) {
    const end = Math.min(to, from + (k + 1) * piece)
    let sum = 0
    for (let i = from + k * piece; i < end; i++) sum += gradients[i]! * gradients[i]!
    squares[k] = sum
  }
  return squares
}

/** One update of Adam, as model/ops.ts specifies it, in place: one pass over memory, which is all that it costs. */
function follow(
  { parameters, m, v, gradients, origin }: AdamMemory,
  from: number,
  to: number,
  { stepSize, rootCorrection, scale }: Update,
): void {
  const { beta1, beta2, epsilon } = adamConstants
  const [ofGradient, ofSquare] = [1 - beta1, 1 - beta2]
  // m / (sqrt(v) / c + epsilon) * s = m / (sqrt(v) + epsilon c) * (s c)
  const [floor, factor] = [epsilon * rootCorrection, stepSize * rootCorrection]
  for (let i = from; i < to; i++) {
    const at = origin + i
    const gradient = gradients[i]! * scale
    const first = beta1 * m[at]! + ofGradient * gradient
    const second = beta2 * v[at]! + ofSquare * gradient * gradient
    m[at] = first
    v[at] = second
    parameters[at]! -= (first / (Math.sqrt(second) + floor)) * factor
  }
}
