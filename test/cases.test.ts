import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'

/**
 * Golden cases: each folder of test/cases holds a shell script `cmd`, what it reads (`stdin`), what it must write
 * (`stdout`, `stderr`; an absent file means nothing), and any files it needs. The script runs the real `m2` in a copy
 * of its folder. M2_UPDATE_CASES=1 writes the outputs anew, to be read before they are committed.
 */
const folder = resolve('test/cases')
const update = process.env['M2_UPDATE_CASES'] === '1'
const bin = mkdtempSync(join(tmpdir(), 'm2-bin-'))
symlinkSync(resolve('dist/bin/m2.js'), join(bin, 'm2'))
t.setTimeout(300_000)
t.teardown(() => rmSync(bin, { recursive: true }))

for (const name of readdirSync(folder).sort()) {
  t.test(name, async (t) => {
    const original = join(folder, name)
    const work = join(t.testdir(), 'work')
    mkdirSync(work, { recursive: true })
    cpSync(original, work, { recursive: true })
    const { stdout, stderr } = spawnSync('bash', ['cmd'], {
      cwd: work,
      input: read(join(original, 'stdin')),
      encoding: 'utf8',
      env: { PATH: `${bin}:${process.env['PATH']}`, HOME: work, LC_ALL: 'C.UTF-8', ROOT: resolve('.') },
    })
    const plain = (text: string) => text.replaceAll(work, '$WORK')
    if (update) {
      for (const [file, text] of [
        ['stdout', plain(stdout)],
        ['stderr', plain(stderr)],
      ] as const) {
        rmSync(join(original, file), { force: true })
        if (text !== '') writeFileSync(join(original, file), text)
      }
    }
    t.equal(plain(stdout), read(join(original, 'stdout')), 'stdout')
    t.equal(plain(stderr), read(join(original, 'stderr')), 'stderr')
  })
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
