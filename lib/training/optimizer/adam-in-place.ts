/** Adam's update in place, on a range of a flat buffer: what each of its threads does. */

/** Adam's constants; the defaults are the reference's. */
export const adamConstants = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8 } as const

/**
 * What Adam reads and updates, in float32. Parameters and moments are of the whole model; gradients are of all of it, or of
 * the shard that begins at element `origin`, and come as rows to be added up.
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

/** The factors of one update: Adam's two (see adam.ts), and one for the gradients. */
export interface UpdateFactors {
  readonly stepSize: number
  readonly rootCorrection: number
  readonly scale: number
}

/** A range of gradients to work on: to add up their rows, or with `factors` to apply their sum. */
export interface Task {
  readonly from: number
  readonly to: number
  readonly factors?: UpdateFactors | undefined
}

/** Elements whose squares are added up in one order, whichever thread does it. */
export const piece = 2 ** 16

/** Does a task. @returns for a sum, the sum of squares of each piece */
export function work(memory: AdamMemory, { from, to, factors }: Task): Float64Array {
  if (!factors) return addUp(memory, from, to)
  apply(memory, from, to, factors)
  return new Float64Array()
}

/** Replaces the first row of gradients by the sum of all rows. @returns the sum of squares of each piece */
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

/** One update of Adam, as model/ops.ts specifies it, in a single pass: memory bandwidth is all that it costs. */
function apply(
  { parameters, m, v, gradients, origin }: AdamMemory,
  from: number,
  to: number,
  { stepSize, rootCorrection, scale }: UpdateFactors,
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
