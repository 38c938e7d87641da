import t from 'tap'
import * as tf from '../../lib/engine/tfjs.js'

await t.test('the gradient of a tile sums over its copies', (t) => {
  const x = tf.tensor2d([1, 2, 3, 4], [2, 2])
  const weights = tf.tensor2d(
    Array.from({ length: 24 }, (_, i) => i),
    [6, 4],
  )
  const gradient = tf.grad((x: tf.Tensor) => tf.tile(x, [3, 2]).mul(weights).sum())(x)
  // Of (0, 0): rows 0, 2 and 4, columns 0 and 2 of the weights, and so on.
  t.strictSame([...gradient.dataSync()], [54, 60, 78, 84])
  const column = tf.grad((x: tf.Tensor) => tf.tile(x, [1, 4]).mul(weights).sum())(tf.ones([6, 1]))
  t.strictSame([...column.dataSync()], [6, 22, 38, 54, 70, 86])
  const same = tf.grad((x: tf.Tensor) => tf.tile(x, [1, 1]).square().sum())(x)
  t.strictSame([...same.dataSync()], [2, 4, 6, 8])
  t.end()
})
