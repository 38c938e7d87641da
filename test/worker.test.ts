/** Threads: answers in order, errors of both kinds, and that an idle thread does not keep the process running. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { DataError } from '../lib/errors.js'
import { startThread } from '../lib/worker.js'
import type { Question } from './worker-program.js'

const program = new URL('./worker-program.js', import.meta.url)

t.test('requests are answered in order, and memory that is transferred moves', async (t) => {
  const thread = startThread<Question, Float32Array>(program)
  const value = Float32Array.of(3)
  const order: number[] = []
  await Promise.all([
    thread.ask({ delay: 30, value: Float32Array.of(1) }).then(([one]) => order.push(one!)),
    thread.ask({ delay: 0, value: Float32Array.of(2) }).then(([one]) => order.push(one!)),
    thread.ask({ delay: 0, value }, [value.buffer]).then(([one]) => order.push(one!)),
  ])
  t.same(order, [2, 4, 6])
  t.equal(value.length, 0, 'what was transferred is gone here')
  thread.end()
})

t.test('an error in the thread rejects the request, and the thread goes on', async (t) => {
  const thread = startThread<Question, Float32Array>(program)
  const data = await thread.ask({ fail: 'data' }).catch((error: unknown) => error)
  t.ok(data instanceof DataError && data.message === 'no such image', String(data))
  const bug = await thread.ask({ fail: 'bug' }).catch((error: unknown) => error)
  t.ok(bug instanceof Error && !(bug instanceof DataError), String(bug))
  t.match(bug, { message: 'not a function', stack: /worker-program/ })
  t.same(await thread.ask({ delay: 0, value: Float32Array.of(4) }), Float32Array.of(8))
  thread.end()
})

t.test('a thread that ends rejects what is waiting, and what comes after', async (t) => {
  const thread = startThread<Question, Float32Array>(program)
  const waiting = [thread.ask('exit'), thread.ask({ delay: 0, value: Float32Array.of(1) })]
  for (const one of waiting) await t.rejects(one, /worker-program\.js ended with code 3/)
  await t.rejects(thread.ask('exit'), /ended with code 3/)
})

t.test('a process ends while nothing is asked of its threads', async (t) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(program)], {
    encoding: 'utf8',
    timeout: 20_000,
  })
  t.equal(status, 0, stderr)
  t.equal(stdout, '2\n')
})
