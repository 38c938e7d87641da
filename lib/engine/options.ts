import type { Options } from '../options.js'
import { devices, engineNames } from './engine.js'

/** What every stage that computes lets one choose. */
export const engineOptions = {
  engine: {
    choices: engineNames,
    default: 'onnxruntime',
    describe: 'What computes: onnxruntime, tensorflow (an optional peer), or the slow cpu, to compare with',
  },
  device: { choices: devices, default: 'cpu', describe: 'Where it computes' },
  threads: {
    type: 'integer',
    min: 1,
    describe: 'Threads of one operation, for onnxruntime on the CPU; default: one a physical core',
    metavar: 'N',
  },
} as const satisfies Options
