/** A short run of the crash harness; `make crash` is the long one. */
import { join } from 'node:path'
import t from 'tap'
import { crash } from './crash.js'

t.test('training that is killed at random moments ends as it would have, byte for byte', async (t) => {
  const { kills, runs, during, faults } = await crash({
    kills: 6,
    seed: 7,
    folder: join(t.testdir(), 'runs'),
  })
  t.same(faults, [])
  t.equal(kills, 6)
  t.comment(
    `${kills} kills, ${runs} runs: ${[...during].map(([what, count]) => `${count} ${what}`).join('; ')}`,
  )
})
