/** Gradients that tfjs computes badly, registered for every engine. */
import * as tf from '@tensorflow/tfjs'

/**
 * The gradient of tiling: a sum over the copies. tfjs's own adds up slices of them one by one, with as many nodes as there
 * are copies.
 */
tf.registerGradient({
  kernelName: 'Tile',
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attributes) => ({
    // Tile has one output, so dy is not a list.
    x: () => sumOfCopies(dy as tf.Tensor, saved[0]!, repetitions(attributes)),
  }),
})

/** @param dy of the shape of x times `reps` */
function sumOfCopies(dy: tf.Tensor, x: tf.Tensor, reps: readonly number[]): tf.Tensor {
  // Each repeated axis is split into copies and original; an axis of length 1 needs no split.
  const shape: number[] = []
  const copies: number[] = []
  for (const [axis, length] of x.shape.entries()) {
    const times = reps[axis] ?? 1
    if (times > 1) copies.push(shape.length)
    if (times > 1) shape.push(times)
    if (times === 1 || length > 1) shape.push(length)
  }
  return tf.reshape(copies.length > 0 ? tf.sum(tf.reshape(dy, shape), copies) : dy, x.shape)
}

const repetitions = (attributes: tf.NamedAttrMap) => attributes['reps'] as number[] // what the kernel Tile takes
