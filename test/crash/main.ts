/** `make crash`: the crash harness, for as many kills as are asked for. Usage: node dist/test/crash/main.js [KILLS [SEED]] */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crash } from './crash.js'

const [kills = 100, seed = 1] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'm2-crash-'))
const { runs, during, faults, ...done } = await crash(
  { kills, seed, folder: join(folder, 'runs') },
  (report) => {
    if (process.stderr.isTTY)
      process.stderr.write(`\r${report.kills} kills, ${report.runs} runs, ${report.faults.length} faults `)
  },
)
const rows = [...during].sort(([, a], [, b]) => b - a)
process.stdout.write(
  [
    `${done.kills} kills (seed ${seed}), ${runs} runs resumed to their end, ${faults.length} differ from an unbroken run`,
    ...rows.map(([what, count]) => `${String(count).padStart(5)}  ${what}`),
    ...faults,
    '',
  ].join('\n'),
)
if (faults.length === 0) rmSync(folder, { recursive: true })
else process.stdout.write(`the runs are in ${folder}\n`)
process.exitCode = faults.length === 0 ? 0 : 1
