/** The one tfjs that every module shares. */
import * as tf from '@tensorflow/tfjs'
import './gradients.js'

// Without this tfjs advertises its native package on stderr.
tf.enableProdMode()

/**
 * The whole package, not tfjs-core, because in Node only the whole registers the kernels' gradients. Importing it costs
 * about 300 ms, so a stage imports what needs it inside `run`.
 */
export * from '@tensorflow/tfjs'
