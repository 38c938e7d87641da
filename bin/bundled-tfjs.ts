/** The plugin by which the bundle holds the parts of `@tensorflow/tfjs` that m2 uses, in place of the whole package. */
import { resolve } from 'node:path'
import type { Plugin } from 'esbuild'

/**
 * `@tensorflow/tfjs` installs 280 MB, most of it source maps, layers, converters and WebGL. Its core, the gradients of
 * all kernels, the chained operations and the JavaScript backend are what the model is written in. They share one
 * registry with a `tfjs-node` that is installed, since tfjs keeps it on the global object.
 */
export const bundledTfjs: Plugin = {
  name: 'bundled-tfjs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@tensorflow\/tfjs$/ }, () => ({ path: 'tfjs', namespace: 'bundled-tfjs' }))
    // tfjs would fetch with it where Node could not; every Node that m2 runs on can.
    onResolve({ filter: /^node-fetch$/ }, () => ({ path: 'none', namespace: 'bundled-tfjs' }))
    onLoad({ filter: /^tfjs$/, namespace: 'bundled-tfjs' }, () => ({
      contents: parts,
      resolveDir: resolve('.'),
    }))
    onLoad({ filter: /^none$/, namespace: 'bundled-tfjs' }, () => ({ contents: '' }))
  },
}

const parts = `
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js'
import '@tensorflow/tfjs-backend-cpu'
export * from '@tensorflow/tfjs-core'
`
