/** Pickled arrays of numpy: what detectors' weights come in. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { DataError } from '../../../lib/errors.js'
import { readPickledArrays } from '../../../lib/formats/pickle/arrays.js'
import { noShared, shared } from '../../shared.js'

const golden = shared('goldens', 'detector', 'seed7', 'detector.pkl')

t.test('a truncated pickle is refused wherever it ends', { skip: golden ? false : noShared }, async (t) => {
  const whole = readFileSync(golden ?? '')
  const file = join(t.testdir(), 'cut.pkl')
  for (let i = 1; i < 60; i++) {
    writeFileSync(file, whole.subarray(0, Math.floor((whole.length * i) / 60)))
    await t.rejects(readPickledArrays(file), { message: /truncated|damaged/ })
  }
  for (let i = 1; i < 60; i++) {
    const damaged = Buffer.from(whole)
    damaged[(i * 7919) % whole.length]! ^= 0x55
    writeFileSync(file, damaged)
    await readPickledArrays(file).catch((error: unknown) => {
      if (!(error instanceof DataError)) throw error // a changed number cannot be told from another
    })
  }
})

t.test('other pickles', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'x.pkl')
  for (const [bytes, message] of [
    ['\x80\x02}q\x00.', /expected a pickled dict of numpy arrays/],
    ['\x80\x02K\x01.', /expected a pickled dict of numpy arrays/],
    ['cos\nsystem\n(S"true"\ntR.', /names os\.system, which is refused/],
    ['', /truncated/],
  ] as const) {
    writeFileSync(file, bytes, 'latin1')
    await t.rejects(readPickledArrays(file), { message }, JSON.stringify(bytes))
  }
})
