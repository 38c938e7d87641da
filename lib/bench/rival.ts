/** Runs the programs that m2 is compared with. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { DataError } from '../errors.js'
import { Peak, type Case, type Settings } from './benchmark.js'
import { megabytesOf } from './process-memory.js'

/** The first of the Python interpreters that has these modules; a note if none has. */
export function pythonWith(modules: readonly string[], { rivals, note }: Settings): string | undefined {
  const code = `import ${modules.join(', ')}`
  const found = rivals.find((python) => spawnSync(python, ['-c', code], { stdio: 'ignore' }).status === 0)
  if (!found)
    note(`skipped: no ${modules.join(' and ')} in ${rivals.join(', ')}; --rival names a Python that has it`)
  return found
}

/** Starts a Python program that prints a line when it is ready, and does its work once for every line on stdin. */
export async function pythonLoop(
  python: string,
  args: readonly string[],
): Promise<Pick<Case, 'run' | 'dispose'> & { readonly ready: string }> {
  const child = spawn(python, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const ended = once(child, 'exit').then(([code]): never => {
    throw new DataError(`${python} ${args[0]} ended with ${String(code)}`)
  })
  ended.catch(() => undefined) // reported to those that wait for a line
  const line = async () => String((await Promise.race([once(lines, 'line'), ended]))[0])
  const ready = await line()
  return {
    ready,
    async run() {
      child.stdin.write('go\n')
      await line()
    },
    dispose: () => void child.stdin.end(),
  }
}

/** Runs a whole command, its stdin a file. @throws DataError where it fails */
export async function runCommand(
  command: string,
  args: readonly string[],
  stdin: string,
): Promise<Peak | undefined> {
  const input = openSync(stdin, 'r')
  let peak: number | undefined
  try {
    const child = spawn(command, args, { stdio: [input, 'ignore', 'pipe'] })
    let said = ''
    child.stderr?.on('data', (chunk) => (said += String(chunk)))
    const look = setInterval(() => (peak = megabytesOf(child.pid, 'status', 'VmHWM') ?? peak), 20)
    const [code] = await once(child, 'close').finally(() => clearInterval(look))
    if (code !== 0)
      throw new DataError(`${command} ${args[0]} ended with ${String(code)}: ${said.slice(-1000)}`)
    return peak === undefined ? undefined : new Peak(peak)
  } finally {
    closeSync(input)
  }
}
