/** The thread of worker.test.ts: answers, fails, or ends, as it is asked. Run by itself, it starts that thread and asks once. */
import { isMainThread } from 'node:worker_threads'
import { DataError } from '../lib/errors.js'
import { answerRequests, startThread } from '../lib/worker.js'

export type Question = { delay: number; value: Float32Array } | { fail: 'data' | 'bug' } | 'exit'

if (isMainThread) {
  const thread = startThread<Question, Float32Array>(new URL(import.meta.url))
  const answer = await thread.ask({ delay: 20, value: Float32Array.of(1) })
  process.stdout.write(`${answer.join()}\n`) // and nothing ends the thread
} else
  answerRequests(
    async (question: Question) => {
      if (question === 'exit') process.exit(3)
      if ('fail' in question)
        throw question.fail === 'data' ? new DataError('no such image') : new TypeError('not a function')
      await new Promise((done) => setTimeout(done, question.delay))
      return question.value.map((value) => 2 * value)
    },
    ({ buffer }) => [buffer],
  )
