/** The options of every stage that computes with a model. */
import type { Options } from '../options.js'
import { devices, engineNames } from './engine.js'

export const engineOptions = {
  engine: {
    group: 'Runtime',
    choices: engineNames,
    default: 'onnxruntime',
    describe: 'Compute engine: onnxruntime, tensorflow (an optional package) or the slow cpu, for comparison',
  },
  device: { group: 'Runtime', choices: devices, default: 'cpu', describe: 'Device of the engine' },
  threads: {
    group: 'Runtime',
    type: 'integer',
    min: 1,
    describe: 'Threads of one operation, for onnxruntime on the CPU; default: one per physical core',
    metavar: 'N',
  },
} as const satisfies Options
