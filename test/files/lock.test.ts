/** Locks of folders: one process at a time, and none that outlives its process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'
import { lockFolder } from '../../lib/files/lock.js'

/** Locks a folder in another process, which says so and then waits. */
async function lockElsewhere(folder: string) {
  const lock = resolve('dist/lib/files/lock.js')
  const program = `const { lockFolder } = await import(${JSON.stringify(lock)})
    await lockFolder(${JSON.stringify(folder)}); console.log('locked'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

t.test('a folder is locked once, and again when it was released', async (t) => {
  const folder = t.testdir()
  const lock = await lockFolder(folder)
  t.equal(readFileSync(join(folder, '.lock'), 'utf8'), `${process.pid} ${hostname()}\n`)
  await t.rejects(lockFolder(folder), {
    name: 'DataError',
    message: /is in use: process \d+ on .* writes there/,
  })
  await lock.release()
  t.notOk(existsSync(join(folder, '.lock')))
  await (await lockFolder(folder)).release()
})

t.test('a lock of another process holds while it lives, kill -9 included', async (t) => {
  const folder = t.testdir()
  const child = await lockElsewhere(folder)
  await t.rejects(lockFolder(folder), new RegExp(`process ${child.pid} on `))
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.ok(existsSync(join(folder, '.lock')), 'the file is still there')
  await (await lockFolder(folder)).release()
})

t.test('what an old file says does not matter', async (t) => {
  const folder = t.testdir()
  for (const text of ['', 'nonsense', `${process.ppid} ${hostname()}\n`, '1 elsewhere\n']) {
    writeFileSync(join(folder, '.lock'), text)
    await (await lockFolder(folder)).release()
  }
})

t.test('of many that lock at once, one has it at a time', async (t) => {
  const folder = t.testdir()
  writeFileSync(join(folder, '.lock'), '999999 gone\n')
  let [holders, most, refused] = [0, 0, 0]
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      try {
        const lock = await lockFolder(folder)
        most = Math.max(most, ++holders)
        await new Promise((done) => setTimeout(done, 2))
        holders--
        await lock.release()
      } catch {
        refused++
      }
    }),
  )
  t.equal(most, 1)
  t.comment(`${refused} of 20 were refused`)
})

t.test('a folder that cannot be written is an error that names it', async (t) => {
  await t.rejects(lockFolder(join(t.testdir(), 'none')), { name: 'DataError', code: 'ENOENT' })
})
