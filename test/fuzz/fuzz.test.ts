/**
 * Damaged files for every parser: no crash, no hang, no NaN, no gigabyte. `make fuzz` tries 50,000; a fault is tried again by
 * its number: FUZZ_SEED=1 FUZZ_FROM=1234 FUZZ=1 node dist/test/fuzz/fuzz.test.js
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import t from 'tap'

interface Line {
  index: number
  target: string
  fault?: string
}

const count = Number(process.env['FUZZ'] ?? 2000)
const first = Number(process.env['FUZZ_FROM'] ?? 0)
const seed = process.env['FUZZ_SEED'] ?? '1'
/** Wall-clock seconds without a sign of life, on a machine that may be busy; processor time is held to two. */
const patience = 30

t.setTimeout(count * 1000)

t.test(`${count} damaged files`, async (t) => {
  const folder = t.testdir()
  const faults: Line[] = []
  const tried = new Map<string, number>()
  for (let next = first; next < first + count;) next = await run(folder, next)
  t.comment(
    `seed ${seed}: ${[...tried].map(([target, times]) => `${target} ${times}`).join(', ')}; ${faults.length} faults`,
  )
  for (const { index, target, fault } of faults) t.fail(`${target}, file ${index}: ${fault}`)
  t.equal(
    [...tried.values()].reduce((sum, times) => sum + times, 0),
    count,
    'all were tried',
  )

  /** Runs the child from a file on; @returns the file after the last that it tried */
  function run(folder: string, from: number): Promise<number> {
    const args = [
      '--max-old-space-size=1500',
      'dist/test/fuzz/child.js',
      folder,
      seed,
      String(from),
      String(first + count),
    ]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let last: Line | undefined
    let ended = ''
    child.stderr.on('data', (chunk: Buffer) => (ended = `${ended}${chunk.toString()}`.slice(-2000)))
    let timer = setTimeout(stop, patience * 1000)
    function stop() {
      ended = `no answer for ${patience} s`
      child.kill('SIGKILL')
    }
    createInterface(child.stdout).on('line', (text) => {
      clearTimeout(timer)
      timer = setTimeout(stop, patience * 1000)
      const line = JSON.parse(text) as Line
      if (line.fault !== undefined) return void faults.push(line)
      last = line
      tried.set(line.target, (tried.get(line.target) ?? 0) + 1)
    })
    return new Promise((resolve) => {
      child.on('close', (code) => {
        clearTimeout(timer)
        if (code !== 0)
          faults.push({ index: last?.index ?? from, target: last?.target ?? 'start', fault: ended })
        resolve(code === 0 ? first + count : (last?.index ?? from) + 1)
      })
    })
  }
})
