import { execFileSync, spawnSync } from 'node:child_process'

/** A Python that has a package: the one `M2_PYTHON` names, else python3 of the path or of the system. */
export function pythonWith(...packages: string[]): string | undefined {
  const candidates = process.env['M2_PYTHON'] ? [process.env['M2_PYTHON']] : ['python3', '/usr/bin/python3']
  return candidates.find((python) => spawnSync(python, ['-c', `import ${packages.join()}`]).status === 0)
}

/** What a test says that skips for want of one. */
export const noPython = (what: string) => `no Python with ${what}: install it, or set M2_PYTHON`

/** Runs a script with `sys`, `json` and `argv`; returns the JSON it printed. */
export function runPython(python: string, script: string, ...argv: string[]): unknown {
  const prelude = 'import sys, json\nargv = sys.argv[1:]\n'
  return JSON.parse(
    execFileSync(python, ['-c', prelude + script, ...argv], { encoding: 'utf8', maxBuffer: 1 << 28 }),
  )
}
