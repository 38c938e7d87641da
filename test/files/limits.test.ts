/** Bounds on input, and what a few bytes may become. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { beyondLimit, limitOf } from '../../lib/files/limits.js'
import { readWhole } from '../../lib/files/read.js'
import { readText } from '../../lib/formats/text.js'

t.test('bounds are raised by variables', async (t) => {
  t.teardown(() => delete process.env['M2_MAX_RECORD'])
  t.equal(limitOf('record'), 67_108_864)
  for (const [text, value] of Object.entries({
    '5000': 5000,
    '64K': 65_536,
    '1.5m': 1_572_864,
    '2G': 2 ** 31,
  })) {
    process.env['M2_MAX_RECORD'] = text
    t.equal(limitOf('record'), value, text)
  }
  t.match(beyondLimit('record', 'x: a line'), {
    name: 'DataError',
    message: 'x: a line of more than 2147483648 bytes is refused. M2_MAX_RECORD raises this bound',
  })
  for (const text of ['lots', '0', '-5', '1e9', '1T', '99999999G']) {
    process.env['M2_MAX_RECORD'] = text
    t.throws(
      () => limitOf('record'),
      { name: 'UsageError', message: /M2_MAX_RECORD: expected a number/ },
      text,
    )
  }
})

t.test('a gzip file may not unpack to far more than data does', async (t) => {
  const file = join(t.testdir(), 'bomb')
  writeFileSync(file, gzipSync(Buffer.alloc(80 * 2 ** 20, '{"image_id":1}\n')))
  const read = async () => {
    let size = 0
    for await (const chunk of readText(file)) size += chunk.length
    return size
  }
  const message =
    /bomb: a gzip file that unpacks to a size of more than 200 times its size is refused\. M2_MAX_RATIO/
  await t.rejects(read(), { name: 'DataError', message })
  await t.rejects(readWhole(file), { name: 'DataError', message })
  process.env['M2_MAX_RATIO'] = '100000'
  t.teardown(() => delete process.env['M2_MAX_RATIO'])
  t.equal(await read(), 80 * 2 ** 20)
  process.env['M2_MAX_MEMBER'] = '1M'
  t.teardown(() => delete process.env['M2_MAX_MEMBER'])
  await t.rejects(readWhole(file), { message: /unpacks to a size of more than 1048576 bytes is refused/ })
})
