import { execFileSync, spawnSync } from 'node:child_process'

/** The Python that `M2_PYTHON` names, else python3: the tests compare with h5py where it is installed. */
const python = process.env['M2_PYTHON'] ?? 'python3'

/** Whether h5py is there; false, or what a test that needs it says when it skips. */
export const noH5py: false | string =
  spawnSync(python, ['-c', 'import h5py']).status === 0
    ? false
    : 'no h5py: apt-get install python3-h5py, or set M2_PYTHON'

/** Runs a script with h5py as `h5py`, numpy as `np` and the arguments as `argv`; returns what it printed. */
export function h5py(script: string, ...argv: string[]): string {
  const prelude = 'import sys, json, h5py, numpy as np\nargv = sys.argv[1:]\n'
  return execFileSync(python, ['-c', prelude + script, ...argv], { encoding: 'utf8', maxBuffer: 1 << 28 })
}
