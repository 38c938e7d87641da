/** Runs a benchmark under mpirun. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { DataError, codeOf } from '../errors.js'

/**
 * Runs this command line again as several ranks that train one model, and yields the records that they print.
 *
 * @throws DataError where they fail
 */
export async function* underMpirun(
  ranks: number,
  args: readonly string[],
  note: (text: string) => void,
): AsyncGenerator<object> {
  // Open MPI binds two ranks to a core each, whatever threads they have.
  const options = ['--bind-to', 'none', '--oversubscribe', '-n', String(ranks)]
  const root = process.getuid?.() === 0 ? ['--allow-run-as-root'] : []
  const child = spawn(
    'mpirun',
    [...root, ...options, process.execPath, ...process.argv.slice(1, 2), ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  try {
    await once(child, 'spawn')
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    note(`skipped: ${ranks} ranks need mpirun (Debian: openmpi-bin)`)
    return
  }
  const ended = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as object // as this command prints
  const [code] = (await ended) as [number | null]
  if (code !== 0) throw new DataError(`mpirun ended with ${String(code)}`)
}
